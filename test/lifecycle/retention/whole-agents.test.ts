import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../../src/errors/index.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { createWireCall } from "../../support/emulator-call.ts";
import { MINUTE, openRetention } from "./retention-world.ts";

const IDLE: RetentionPolicies = { idleAgents: { unusedFor: "10m" }, grace: "5m", orphans: false };

async function use(manager: ProductionAgentManager, agentName: string): Promise<void> {
  await manager.getOrCreateAgent({ agentName, instructions: `I am ${agentName}.` });
  await manager.flush();
}

test("a protected agent keeps its record also when none of its revisions is left", async () => {
  await using world = await openRetention();
  const [dying, manager] = [world.manager(), world.manager()];
  await use(dying, "idle");
  Object.assign(dying.registry.agents, {
    delete: () => Promise.reject(new TenureError("registry_unavailable", "The process ends here.")),
  });
  for (const minutes of [10, 5]) {
    world.runtime.advance(minutes * MINUTE);
    await dying.cleanup({ apply: true, policies: IDLE });
  }
  assert.deepEqual(await manager.revisions("idle"), []);
  await manager.protect("idle");
  assert.equal((await manager.cleanup({ apply: true, policies: IDLE })).counts.forget, 0);
  assert.equal((await manager.ownership("idle")).protectedUntil, "forever");
  await manager.unprotect("idle");
  assert.equal((await manager.cleanup({ apply: true, policies: IDLE })).counts.forget, 1);
  assert.deepEqual(await manager.listAgents(), []);
});

test("that an agent is marked as a whole, and that it stays after all, is in the trail", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await use(manager, "idle");
  world.runtime.advance(10 * MINUTE);
  await manager.cleanup({ apply: true, policies: IDLE });
  await use(manager, "idle");
  await manager.cleanup({ apply: true, policies: IDLE });
  const noted = await Array.fromAsync(manager.events({ types: ["agent.marked", "agent.unmarked"] }));
  assert.deepEqual(
    noted.map(({ type, data }) => [type, data["before"], data["after"]]),
    [
      ["agent.marked", null, "idleAgents"],
      ["agent.unmarked", "idleAgents", null],
    ],
  );
});

for (const fate of ["cleanup", "the next process"] as const) {
  test(`an idle agent goes although the service refuses to delete its last version and the routed one, by ${fate}`, async () => {
    await using world = await openRetention({ deleteLastVersion: "refuse", deleteRoutedVersion: "refuse" });
    const [manager, next] = [world.manager({ pinEndpoint: true }), world.manager()];
    for (const text of ["One.", "Two.", "Three."])
      await manager.getOrCreateAgent({ agentName: "idle", instructions: text });
    await manager.rollback("idle", { to: 2 });
    await manager.flush();
    world.runtime.advance(10 * MINUTE);
    await manager.cleanup({ apply: true, policies: IDLE });
    world.runtime.advance(5 * MINUTE);
    if (fate === "the next process")
      Object.assign(manager.service, {
        deleteAgent: () => Promise.reject(new TenureError("service_unavailable", "The process ends here.")),
      });
    const { failed } = await manager.cleanup({ apply: true, policies: IDLE });
    assert.equal(failed.length, fate === "cleanup" ? 0 : 1);
    for (let run = 0; run < 2; run += 1) await next.cleanup({ apply: true, policies: IDLE });
    assert.deepEqual(await next.listAgents(), []);
    assert.deepEqual(await Array.fromAsync(next.service.listAgents()), []);
  });
}

test("a draft that somebody made by hand keeps an agent whose last version the service refuses to delete", async () => {
  await using world = await openRetention({ deleteLastVersion: "refuse" });
  const manager = world.manager();
  await use(manager, "idle");
  world.runtime.advance(10 * MINUTE);
  await manager.cleanup({ apply: true, policies: IDLE });
  const { emulator } = world.lifecycle.world;
  const definition = { kind: "prompt", model: "gpt-4.1", instructions: "By hand." };
  const withDrafts = { "foundry-features": "DraftAgents=V1Preview" };
  await createWireCall(emulator)("POST", "/agents/idle/versions", { draft: true, definition }, withDrafts);
  emulator.faults([{ method: "DELETE", path: "/versions/", effect: "status", status: 400, probability: 1 }]);
  world.runtime.advance(5 * MINUTE);
  const { failed } = await manager.cleanup({ apply: true, policies: IDLE });
  assert.deepEqual(
    failed.map(({ error }) => error.code),
    ["service_refused"],
  );
  const versions = await Array.fromAsync(manager.service.listRevisions({ serviceName: "idle", drafts: true }));
  assert.equal(versions.length, 2);
});
