import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { AgentRegistry } from "../../src/registry/contract/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { ALICE, BOB, fingerprint, hold, keyOf } from "../../src/testing/registry/fixtures.ts";
import { rejectsWith } from "../../src/testing/registry/registry-under-test.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { shiftedClock } from "../support/shifted-clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const [RESOURCE, TTL_MS, DAY_MS] = ["agent|clock", 10_000, 86_400_000];

type Open = (clock: () => number) => Promise<AgentRegistry>;

function cases(name: string, open: Open): void {
  test(`${name}: a dead holder's lease ends within its own time when the registry's clock is set back by a day`, async () => {
    const { clock, advance } = shiftedClock();
    await using registry = await open(clock);
    const { leases } = registry;
    const claim = { resource: RESOURCE, holder: BOB, ttlMs: 1_000 };
    const dead = (await leases.claim({ ...claim, holder: ALICE, ttlMs: TTL_MS })).lease;
    advance(-DAY_MS);
    const held = await leases.claim(claim);
    assert.deepEqual(held, { outcome: "held", lease: { ...dead, expiresAt: clock() + TTL_MS } });
    advance(TTL_MS);
    const claimed = await leases.claim(claim);
    assert.equal(claimed.outcome, "claimed");
    assert.equal(claimed.lease.fence, dead.fence + 1);
  });

  test(`${name}: a look-up leaves a lease from before the clock was set back to a claim, which puts it right`, async () => {
    const { clock, advance } = shiftedClock();
    await using registry = await open(clock);
    const place = { key: keyOf("analyst"), fingerprint: fingerprint(1) };
    const dead = await hold(registry, place.key);
    advance(-DAY_MS);
    assert.equal((await registry.agents.lookUp(place)).held, undefined);
    await registry.leases.claim({ resource: dead.resource, holder: BOB, ttlMs: TTL_MS });
    assert.equal((await registry.agents.lookUp(place)).held?.fence, dead.fence);
  });

  test(`${name}: a living holder keeps its lease when the registry's clock is set back by a day, and may write`, async () => {
    const { clock, advance } = shiftedClock();
    await using registry = await open(clock);
    const { leases, agents } = registry;
    const key = keyOf("analyst");
    const lease = await hold(registry, key);
    advance(-DAY_MS);
    assert.equal((await leases.claim({ resource: lease.resource, holder: BOB, ttlMs: 1_000 })).outcome, "held");
    const renewed = await leases.renew({ lease, ttlMs: TTL_MS });
    assert.equal(renewed.expiresAt, clock() + TTL_MS);
    await rejectsWith(agents.update({ lease: renewed, key, settings: {} }), "agent_not_found");
  });

  test(`${name}: a holder whose lease ended because the registry's clock was set forward can write nothing`, async () => {
    const { clock, advance } = shiftedClock();
    await using registry = await open(clock);
    const key = keyOf("analyst");
    const lease = await hold(registry, key);
    advance(DAY_MS);
    await rejectsWith(registry.leases.renew({ lease, ttlMs: TTL_MS }), "lease_lost");
    await rejectsWith(registry.agents.update({ lease, key, settings: {} }), "lease_lost");
    const next = await registry.leases.claim({ resource: lease.resource, holder: BOB, ttlMs: TTL_MS });
    assert.equal(next.outcome, "claimed");
    advance(-DAY_MS);
    // Back again: the fence tells that it has passed on.
    await rejectsWith(registry.agents.update({ lease, key, settings: {} }), "lease_lost");
  });
}

cases("PostgreSQL", async (clock) => new PostgresRegistry({ url: await postgresUrl(), schema: newSchema(), clock }));

cases("SQLite", async (clock) => {
  const folder = await temporaryFolder();
  const registry = new SqliteRegistry(join(folder.path, "registry.db"), { clock });
  const close = registry.close.bind(registry);
  registry.close = () => close().finally(() => folder[Symbol.asyncDispose]());
  return registry;
});
