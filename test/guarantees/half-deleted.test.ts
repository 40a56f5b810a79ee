import assert from "node:assert/strict";
import test from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;

/** Deletes an agent with two versions, and stops after the service deleted it and before the registry was told. */
async function deleteByHalf(): Promise<{
  readonly world: Awaited<ReturnType<typeof openWorld>>;
  readonly store: MemoryStore;
}> {
  const world = await openWorld();
  const store = new MemoryStore();
  const registry = decorateRegistry(new MemoryRegistry({ store }), (call, proceed) =>
    call === "agents.delete"
      ? Promise.reject(new TenureError("registry_unavailable", "The registry does not answer.", { retryable: true }))
      : proceed(),
  );
  const manager = world.manager({ registry });
  await manager.getOrCreateAgent(CONFIG);
  await manager.getOrCreateAgent({ ...CONFIG, instructions: "Newer." });
  await assert.rejects(manager.cleanupAgent("analyst"), { code: "registry_unavailable" });
  assert.equal(world.emulator.stats().versions, 0);
  return { world, store };
}

test("an agent deleted in the service and not yet in the registry is forgotten by the next sweep", async () => {
  const { world, store } = await deleteByHalf();
  await using _ = world;
  const manager = world.manager({ registry: new MemoryRegistry({ store }) });
  assert.equal(await manager.isAgentRegistered("analyst"), true);
  assert.deepEqual((await manager.recover()).failed, []);
  assert.deepEqual(await manager.listAgents(), []);
});

test("who asks for an agent that was deleted by half is given a new one, never the one that is gone", async () => {
  const { world, store } = await deleteByHalf();
  await using _ = world;
  const manager = world.manager({ registry: new MemoryRegistry({ store }), verify: "check" });
  const agent = await manager.getOrCreateAgent(CONFIG);
  assert.equal(agent.reused, false);
  assert.equal(world.emulator.stats().versions, 1);
  await manager.recover();
  assert.equal((await manager.getOrCreateAgent(CONFIG)).remote.id, agent.remote.id);
  assert.equal(world.emulator.stats().versions, 1);
});

test("a deletion that the service refused leaves the agent whole, in the service and in the registry", async () => {
  await using world = await openWorld();
  const store = new MemoryStore();
  const manager = world.manager({ registry: new MemoryRegistry({ store }) });
  const agent = await manager.getOrCreateAgent(CONFIG);
  world.emulator.faults([{ method: "DELETE", path: "/agents", effect: "status", status: 403, probability: 1 }]);
  await assert.rejects(manager.cleanupAgent("analyst"), { code: "forbidden" });
  const other = world.manager({ registry: new MemoryRegistry({ store }) });
  assert.deepEqual((await other.recover()).failed, []);
  assert.deepEqual((await other.getOrCreateAgent(CONFIG)).remote, agent.remote);
  assert.equal(world.emulator.stats().versions, 1);
});
