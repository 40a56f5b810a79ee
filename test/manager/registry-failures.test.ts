import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { hold } from "../../src/testing/registry/fixtures.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;
const unavailable = (): TenureError =>
  new TenureError("registry_unavailable", "The registry does not answer.", { retryable: true });

/** Every call that a first resolution makes; each is lost in turn, before and after its effect. */
const FIRST = [
  "agents.lookUp",
  "leases.claim",
  "leases.release",
  "intents.create",
  "intents.commit",
  "usage.add",
  "processes.register",
];
/** And those that one makes under a lease that is not the first. */
const LATER = ["agents.getRevision", "intents.list", "agents.get"];

for (const lost of [...FIRST, ...LATER]) {
  for (const when of ["before", "after"] as const) {
    test(`when the registry fails ${when} ${lost}, there is one version at the end and no blind create`, async () => {
      await using world = await openWorld();
      let left = 1;
      const store = new MemoryStore();
      if (LATER.includes(lost)) {
        await using before = new MemoryRegistry({ store });
        await before.leases.release({ lease: await hold(before, world.manager().keyOf(CONFIG.agentName)) });
      }
      const registry = decorateRegistry(new MemoryRegistry({ store }), async (call, proceed) => {
        const strikes = call === lost && left > 0;
        if (strikes) left -= 1;
        if (strikes && when === "before") throw unavailable();
        const answer = await proceed();
        if (strikes) throw unavailable();
        return answer;
      });
      const manager = world.manager({ registry, leaseMs: 1_000 });
      const first = await manager.getOrCreateAgent(CONFIG).then(
        (agent) => agent.remote.id,
        (thrown: unknown) => TenureError.from(thrown).code,
      );
      assert.ok(first === "analyst:1" || first === "registry_unavailable", first);
      const second = await manager.getOrCreateAgent(CONFIG);
      assert.equal(second.remote.id, "analyst:1");
      assert.equal(world.emulator.stats().versions, 1);
      await manager.flush().catch(() => undefined);
      await manager.flush();
      const uses = (await manager.getAgentStats()).agents["analyst"]?.useCount;
      assert.equal(uses, first === "analyst:1" ? 2 : 1);
      assert.equal(left, 0, "nothing was lost");
    });
  }
}

test("while the registry is down a known agent is given again, and a new one is an error", async () => {
  await using world = await openWorld();
  const runtime = new ManualRuntime();
  let isDown = false;
  const registry = decorateRegistry(new MemoryRegistry({ runtime }), (_call, proceed) =>
    isDown ? Promise.reject(unavailable()) : proceed(),
  );
  const manager = world.manager({ registry, runtime });
  const agent = await manager.getOrCreateAgent(CONFIG);
  isDown = true;
  runtime.advance(120_000);
  assert.deepEqual((await manager.getOrCreateAgent(CONFIG)).remote, agent.remote);
  assert.ok(world.events.some((event) => event.type === "registry.degraded"));
  await assert.rejects(
    manager.getOrCreateAgent({ ...CONFIG, instructions: "New." }),
    (error) => error instanceof TenureError && error.code === "registry_unavailable",
  );
  assert.equal(world.emulator.stats().versions, 1);
  isDown = false;
  const stats = await manager.getAgentStats();
  assert.equal(stats.agents["analyst"]?.useCount, 2);
});

test('with whenRegistryFails "fail" a known agent is an error too once it is not fresh', async () => {
  await using world = await openWorld();
  const runtime = new ManualRuntime();
  let isDown = false;
  const registry = decorateRegistry(new MemoryRegistry({ runtime }), (_call, proceed) =>
    isDown ? Promise.reject(unavailable()) : proceed(),
  );
  const manager = world.manager({ registry, runtime, whenRegistryFails: "fail" });
  await manager.getOrCreateAgent(CONFIG);
  isDown = true;
  assert.equal((await manager.getOrCreateAgent(CONFIG)).outcome, "reused");
  runtime.advance(120_000);
  await assert.rejects(
    manager.getOrCreateAgent(CONFIG),
    (error) => error instanceof TenureError && error.code === "registry_unavailable",
  );
  isDown = false;
});
