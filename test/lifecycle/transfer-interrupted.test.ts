import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import type { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import { agentResource } from "../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { BOB } from "../../src/testing/registry/fixtures.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { type LifecycleWorld, openLifecycle, rejectsWith } from "./lifecycle-world.ts";

const NAME = "market_analyst";
const MOVE = { toScope: "shop-prod" };
const WRITES = /^(agents\.(update|updateRevision|delete)|intents\.commit|aliases\.set)$/;

/** Two revisions, the older one current and protected, the newer one aliased. */
async function begin(from: ProductionAgentManager, agentName: string): Promise<void> {
  await from.getOrCreateAgent({ agentName, instructions: "One." });
  await from.getOrCreateAgent({ agentName, instructions: "Two." });
  await from.rollback(agentName, { to: 1 });
  await from.protect(agentName, undefined, { revision: 1 });
  await from.setAlias(agentName, "production", { to: 2 });
  await from.describe(agentName, { owner: "team-research" });
}

/** A manager whose write number `at` fails, before it or with its answer lost; gives how many writes it made. */
function failing(world: LifecycleWorld, at: number, when: "before" | "after") {
  const count = { writes: 0 };
  const registry = decorateRegistry(new MemoryRegistry({ store: world.store }), async (call, proceed) => {
    if (!WRITES.test(call)) return proceed();
    count.writes += 1;
    if (count.writes !== at) return proceed();
    if (when === "after") await proceed();
    throw new TenureError("registry_unavailable", "The registry is gone.");
  });
  return { manager: world.manager({ scope: "shop-test", registry }), count };
}

async function assertMoved(from: ProductionAgentManager, to: ProductionAgentManager, name: string): Promise<void> {
  assert.equal(await from.isAgentRegistered(name), false);
  assert.deepEqual((await to.revisions(name)).map(({ holds }) => holds.map(({ kind }) => kind).join()).toSorted(), [
    "aliased",
    "current,protected",
  ]);
  const { owner } = await to.ownership(name);
  assert.equal(owner, "team-research");
  const serviceName = to.service.toServiceName(name);
  assert.equal((await Array.fromAsync(to.service.listRevisions({ serviceName }))).length, 2);
  for (const instructions of ["One.", "Two."])
    assert.equal((await to.getOrCreateAgent({ agentName: name, instructions })).outcome, "reused");
}

for (const when of ["before", "after"] as const) {
  test(`a transfer that the registry fails ${when} any of its writes is ended by the same call, with aliases, owner and current`, async () => {
    await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
    const [from, to] = [world.manager({ scope: "shop-test" }), world.manager({ scope: "shop-prod" })];
    let writes = Infinity;
    for (let at = 1; at <= writes; at += 1) {
      const name = `agent_${at}`;
      await begin(from, name);
      const { manager, count } = failing(world, at, when);
      const first = await manager.transfer(name, MOVE).catch((thrown: unknown) => TenureError.from(thrown));
      if (!(first instanceof TenureError)) writes = count.writes;
      else {
        assert.equal(first.code, "registry_unavailable", `write ${at}: ${first.message}`);
        // Whoever looks in between must not take what is half moved for its own.
        for (const scope of [from, to]) await scope.recover({ deep: true });
        const { revisions } = await from.transfer(name, MOVE);
        if (when === "before") assert.equal(revisions.length, 2);
      }
      await assertMoved(from, to, name);
      await to.unprotect(name, { revision: (await to.current(name))?.fingerprint });
      await to.cleanupAgent(name);
    }
    assert.ok(writes > 8, `${writes} writes`);
  });
}

test("an agent that is half moved goes nowhere else before its transfer is ended", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  const from = world.manager({ scope: "shop-test" });
  await begin(from, NAME);
  world.world.emulator.faults([{ method: "DELETE", path: "/versions", effect: "status", status: 403 }]);
  await rejectsWith(from.transfer(NAME, MOVE), "forbidden");
  assert.match((await rejectsWith(from.transfer(NAME, { toScope: "other" }), "scope_conflict")).message, /shop-prod/);
  const { failed } = await from.recover();
  assert.deepEqual(
    failed.map(({ agentName, error }) => [agentName, error.code, error.hint]),
    [[NAME, "scope_conflict", 'Transfer it to "shop-prod" again.']],
    "a sweep tells of it",
  );
  await from.transfer(NAME, MOVE);
  await assertMoved(from, world.manager({ scope: "shop-prod" }), NAME);
  assert.deepEqual((await from.recover()).failed, []);
});

test("transfers in opposite directions do not wait for each other", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  await begin(world.manager({ scope: "shop-test" }), NAME);
  // Each pauses between its two leases until the other has one, or would have.
  let claimed = 0;
  const both = Promise.withResolvers<void>();
  const registry = () =>
    decorateRegistry(new MemoryRegistry({ store: world.store }), async (call, proceed) => {
      const answer = await proceed();
      if (call !== "leases.claim" || claimed >= 2) return answer;
      claimed += 1;
      if (claimed === 2) both.resolve();
      await both.promise;
      return answer;
    });
  const from = world.manager({ scope: "shop-test", registry: registry(), timeoutMs: 3_000 });
  const to = world.manager({ scope: "shop-prod", registry: registry(), timeoutMs: 3_000 });
  const [moved, back] = await Promise.allSettled([
    from.transfer(NAME, MOVE),
    to.transfer(NAME, { toScope: "shop-test" }),
  ]);
  assert.equal(moved.status === "rejected" ? moved.reason : undefined, undefined);
  // The other one came first and found nothing, or second and took the agent back.
  const code = back.status === "rejected" ? TenureError.from(back.reason).code : undefined;
  assert.ok(code === undefined || code === "agent_not_found", code);
});

test("a transfer that loses the lease of the side it took first begins anew with that", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  const before = world.manager({ scope: "shop-a" });
  await before.getOrCreateAgent({ agentName: NAME, instructions: "One." });
  const inner = new MemoryRegistry({ store: world.store });
  const resource = agentResource(before.keyOf(NAME));
  let losses = 0;
  const registry = decorateRegistry(inner, async (call, proceed) => {
    if (call === "agents.delete" && losses === 0) {
      losses += 1;
      const takeFrom = await inner.leases.get({ resource });
      const taken = await inner.leases.claim({ resource, holder: BOB, ttlMs: 10_000, takeFrom });
      await inner.leases.release({ lease: taken.lease });
    }
    return proceed();
  });
  const manager = world.manager({ scope: "shop-a", registry, timeoutMs: 2_000 });
  const { revisions } = await manager.transfer(NAME, { toScope: "shop-b" });
  assert.deepEqual([losses, revisions.length], [1, 1]);
  assert.equal(await before.isAgentRegistered(NAME), false);
  assert.equal((await world.manager({ scope: "shop-b" }).revisions(NAME)).length, 1);
});
