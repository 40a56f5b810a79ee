import assert from "node:assert/strict";
import test from "node:test";
import { createWireCall, promptDefinition } from "../../support/emulator-call.ts";
import { openFleetWorld } from "./fleet-world.ts";

test("what is imported, applied as it is, writes nothing in the service", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  const call = createWireCall(world.emulator);
  const tools = [{ type: "web_search" }, { type: "code_interpreter" }];
  const text = {
    format: { type: "json_schema", name: "n", strict: false, schema: { type: "object", properties: {} } },
  };
  await call("POST", "/agents/portal-made/versions", {
    definition: promptDefinition("line\n${NOT_A_VARIABLE}\n", { tools, text, tool_choice: "auto", top_p: 0.5 }),
  });
  await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: "old" });
  await manager.getOrCreateAgent({
    agentName: "market_analyst",
    instructions: "new",
    metadata: { team: "shop" },
    description: "d",
  });
  await manager.rollback("market_analyst");
  await world.manager({ scope: "other" }).getOrCreateAgent({ agentName: "theirs", instructions: "x" });
  await manager.createEphemeralAgent({ agentName: "brief", instructions: "x" });
  const file = (await Array.fromAsync(manager.importFleet())).join("");
  assert.match(file, /# theirs is left out: it belongs to scope other\./);
  assert.match(file, /# brief-\S+ is left out: it belongs to one process\./);
  const fleet = await world.fleet(file);
  const before = world.writes().length;
  const plan = await manager.planFleet(fleet);
  assert.deepEqual(
    plan.actions.map(({ agentName, kind }) => `${agentName} ${kind}`),
    ["market_analyst settings", "portal-made adopt"],
  );
  assert.equal((await manager.applyFleet(fleet, { plan })).failed, 0);
  assert.equal(world.writes().length, before);
});

test("an agent that the file could not say exactly is left out with the reason", async () => {
  await using world = await openFleetWorld();
  const call = createWireCall(world.emulator);
  await call("POST", "/agents/flow/versions", { definition: { kind: "workflow", workflow: "kind: Workflow" } });
  const file = (await Array.fromAsync(world.manager().importFleet())).join("");
  assert.equal((await world.fleet(file)).agents.length, 0);
  if (world.emulator.stats().agents > 0) assert.match(file, /# flow is left out: a fleet file cannot say/);
});
