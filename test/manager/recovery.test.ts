import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;

test("with the registry lost, a sweep finds every agent of the scope by its stamp", async () => {
  await using world = await openWorld();
  const before = world.manager();
  await before.getOrCreateAgent(CONFIG);
  await before.getOrCreateAgent({ ...CONFIG, instructions: "Newer." });
  await before.getOrCreateAgent({ ...CONFIG, agentName: "other_agent" });
  const manager = world.manager();
  const report = await manager.recover();
  assert.equal(report.adopted, 3);
  assert.deepEqual(
    (await manager.listAgents()).map((agent) => agent.agentName),
    ["analyst", "other_agent"],
  );
  assert.equal((await manager.getOrCreateAgent(CONFIG)).outcome, "reused");
  assert.equal(world.emulator.stats().versions, 3);
});

test("an agent deleted behind our back is made again by repair, once for all who ask", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const agent = await manager.getOrCreateAgent({ ...CONFIG, sessionId: "s1" });
  await createWireCall(world.emulator)("DELETE", "/agents/analyst");
  const [one, two] = await Promise.all([manager.repair(agent), manager.repair(agent)]);
  assert.deepEqual(one.remote, two.remote);
  assert.equal(one.sessionId, "s1");
  assert.equal(world.emulator.stats().versions, 1);
  assert.equal((await manager.getOrCreateAgent(CONFIG)).remote.id, one.remote.id);
});

test("repair of an agent that is still there makes nothing", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const agent = await manager.getOrCreateAgent(CONFIG);
  const repaired = await manager.repair(agent);
  assert.deepEqual(repaired.remote, agent.remote);
  assert.equal(world.creates(), 1);
});

test('verify "check" looks in the service before a known revision is given first', async () => {
  await using world = await openWorld();
  const store = new MemoryStore();
  await world.manager({ registry: new MemoryRegistry({ store }) }).getOrCreateAgent(CONFIG);
  await createWireCall(world.emulator)("DELETE", "/agents/analyst");
  const agent = await world
    .manager({ registry: new MemoryRegistry({ store }), verify: "check" })
    .getOrCreateAgent(CONFIG);
  assert.equal(agent.reused, false);
  assert.equal(world.emulator.stats().versions, 1);
});

test("a sweep notes registered revisions that are gone", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await createWireCall(world.emulator)("DELETE", "/agents/analyst");
  assert.equal((await manager.recover()).missing, 1);
  assert.equal(await manager.isAgentRegistered("analyst"), false);
});

test("a create whose caller gave up before the answer is found by the next caller", async () => {
  await using world = await openWorld();
  const store = new MemoryStore();
  world.emulator.faults([{ method: "POST", path: "/versions", effect: "drop-after", times: 1 }]);
  const first = world.manager({ registry: new MemoryRegistry({ store }), timeoutMs: 1, settleMs: 0 });
  await assert.rejects(first.getOrCreateAgent(CONFIG));
  const second = await world.manager({ registry: new MemoryRegistry({ store }) }).getOrCreateAgent(CONFIG);
  assert.equal(second.remote.version, "1");
  assert.equal(world.emulator.stats().versions, 1);
});

test("what a dead process made becomes current", async () => {
  await using world = await openWorld();
  let now = Date.now();
  const store = new MemoryStore({ now: () => now });
  const living = world.manager({ registry: new MemoryRegistry({ store }) });
  await living.getOrCreateAgent({ ...CONFIG, instructions: "Old." });
  const dead = new TenureError("internal", "The process is dead.");
  const registry = decorateRegistry(new MemoryRegistry({ store }), (call, proceed) =>
    ["intents.commit", "intents.drop", "leases.release"].includes(call) ? Promise.reject(dead) : proceed(),
  );
  now += 1_000;
  await assert.rejects(world.manager({ registry }).getOrCreateAgent({ ...CONFIG, instructions: "New." }));
  // Its lease runs out.
  now += 3_600_000;
  const { fingerprint } = await living.getOrCreateAgent({ ...CONFIG, instructions: "New." });
  assert.equal((await living.getAgentMetadata("analyst"))?.fingerprint, fingerprint);
  assert.equal(world.emulator.stats().versions, 2, "it was found, not made again");
});

test("a manager that recovers on start finds what the registry lost, without anybody waiting for it", async () => {
  await using world = await openWorld();
  await world.manager().getOrCreateAgent(CONFIG);
  const manager = world.manager({ recoverOnStart: true });
  const swept = new Promise<unknown>((resolve) =>
    manager.onEvent((event) => event.type === "recovery.swept" && resolve(event)),
  );
  await manager.listAgents();
  assert.partialDeepStrictEqual(await swept, { adopted: 1, failed: 0 });
  assert.equal(await manager.isAgentRegistered("analyst"), true);
});

test("a sweep at the start that fails is an event, and closing does not wait for a service that does not answer", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ method: "GET", path: "/agents", effect: "status", status: 403, probability: 1 }]);
  const manager = world.manager({ recoverOnStart: true });
  const failed = new Promise<unknown>((resolve) =>
    manager.onEvent((event) => event.type === "recovery.failed" && resolve(event)),
  );
  await manager.listAgents();
  assert.partialDeepStrictEqual(await failed, { code: "forbidden" });
  await manager.close();
});
