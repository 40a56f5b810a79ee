import assert from "node:assert/strict";
import type { AgentRegistry, ClaimResult, Lease, ProcessIdentity } from "../../registry/contract/index.ts";
import { ALICE, BOB, isSettled } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const RESOURCE = "agent|suite|ünïcode|😀";
const TTL_MS = 10_000;

async function claim(registry: AgentRegistry, holder: ProcessIdentity, ttlMs = TTL_MS): Promise<ClaimResult> {
  return await registry.leases.claim({ resource: RESOURCE, holder, ttlMs });
}

async function claimed(registry: AgentRegistry, holder: ProcessIdentity, ttlMs = TTL_MS): Promise<Lease> {
  const result = await claim(registry, holder, ttlMs);
  assert.equal(result.outcome, "claimed");
  return result.lease;
}

/** Who has it, for how long, and what a lost one is worth. */
export const leaseCases: readonly RegistryCase[] = [
  registryCase("a free resource goes to whoever claims it, until now plus its time", async ({ registry }) => {
    const before = await registry.now();
    const lease = await claimed(registry, ALICE);
    assert.equal(lease.resource, RESOURCE);
    assert.deepEqual({ ...lease.holder }, ALICE);
    assert.ok(lease.expiresAt >= before + TTL_MS && lease.expiresAt <= (await registry.now()) + TTL_MS);
    assert.deepEqual(await registry.leases.get({ resource: RESOURCE }), lease);
    assert.equal(await registry.leases.get({ resource: "agent|another" }), undefined);
  }),
  registryCase(
    "a held resource is refused with the lease of its holder, also to the holder itself",
    async (subject) => {
      const other = await subject.connect();
      const lease = await claimed(subject.registry, ALICE);
      assert.deepEqual(await claim(other, BOB), { outcome: "held", lease });
      assert.deepEqual(await claim(subject.registry, ALICE), { outcome: "held", lease });
    },
  ),
  registryCase("of many who claim at once exactly one gets it", async (subject) => {
    const connections = [subject.registry, await subject.connect(), await subject.connect()];
    const claims = Array.from({ length: 12 }, (_, index) => {
      const holder = { id: `process-${index}`, host: "host.invalid", pid: index };
      return claim(connections[index % 3] ?? subject.registry, holder);
    });
    const results = await Promise.all(claims);
    assert.equal(results.filter(({ outcome }) => outcome === "claimed").length, 1);
    assert.equal(new Set(results.map(({ lease }) => lease.fence)).size, 1);
  }),
  registryCase("fences grow with every claim, and never repeat after release or expiry", async (subject) => {
    const { registry } = subject;
    const fences: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const lease = await claimed(registry, round % 2 === 0 ? ALICE : BOB);
      fences.push(lease.fence);
      if (round < 2) await registry.leases.release({ lease });
      else await subject.advance(TTL_MS);
    }
    assert.deepEqual(
      fences,
      [...new Set(fences)].sort((a, b) => a - b),
    );
  }),
  registryCase("a lease is held up to its end and free from then on", async (subject) => {
    const lease = await claimed(subject.registry, ALICE);
    await subject.advance(TTL_MS - 1);
    assert.equal((await claim(subject.registry, BOB)).outcome, "held");
    await subject.advance(1);
    assert.equal(await subject.registry.leases.get({ resource: RESOURCE }), undefined);
    await rejectsWith(subject.registry.leases.renew({ lease, ttlMs: TTL_MS }), "lease_lost");
    await claimed(subject.registry, BOB);
  }),
  registryCase("renewing prolongs from now and keeps the fence", async (subject) => {
    const { leases } = subject.registry;
    const lease = await claimed(subject.registry, ALICE);
    await subject.advance(TTL_MS - 1);
    const renewed = await leases.renew({ lease, ttlMs: TTL_MS });
    assert.deepEqual(renewed, { ...lease, expiresAt: renewed.expiresAt });
    assert.ok(renewed.expiresAt >= lease.expiresAt + TTL_MS - 1);
    await subject.advance(TTL_MS - 1);
    assert.deepEqual(await leases.get({ resource: RESOURCE }), renewed);
  }),
  registryCase("a released or passed lease cannot be renewed, and releasing it does nothing", async ({ registry }) => {
    const first = await claimed(registry, ALICE);
    await registry.leases.release({ lease: first });
    assert.equal(await registry.leases.get({ resource: RESOURCE }), undefined);
    await rejectsWith(registry.leases.renew({ lease: first, ttlMs: TTL_MS }), "lease_lost");
    const second = await claimed(registry, BOB);
    await registry.leases.release({ lease: first });
    await rejectsWith(registry.leases.renew({ lease: first, ttlMs: TTL_MS }), "lease_lost");
    assert.deepEqual(await registry.leases.get({ resource: RESOURCE }), second);
  }),
  registryCase("an early claim by the same holder does not revive its old lease", async ({ registry }) => {
    const first = await claimed(registry, ALICE);
    await registry.leases.release({ lease: first });
    const second = await claimed(registry, ALICE);
    await rejectsWith(registry.leases.renew({ lease: first, ttlMs: TTL_MS }), "lease_lost");
    await registry.leases.release({ lease: first });
    assert.deepEqual(await registry.leases.get({ resource: RESOURCE }), second);
  }),
  registryCase("a lease can be taken from a holder that is named exactly, and only once", async ({ registry }) => {
    const dead = await claimed(registry, ALICE);
    const take = { resource: RESOURCE, holder: BOB, ttlMs: TTL_MS, takeFrom: dead };
    const stale = { ...take, takeFrom: { ...dead, fence: dead.fence + 1 } };
    assert.equal((await registry.leases.claim(stale)).outcome, "held");
    const strange = { ...take, takeFrom: { ...dead, holder: BOB } };
    assert.equal((await registry.leases.claim(strange)).outcome, "held");
    const taken = await registry.leases.claim(take);
    assert.equal(taken.outcome, "claimed");
    assert.ok(taken.lease.fence > dead.fence);
    const again = await registry.leases.claim({ ...take, holder: ALICE });
    assert.deepEqual(again, { outcome: "held", lease: taken.lease });
    await rejectsWith(registry.leases.renew({ lease: dead, ttlMs: TTL_MS }), "lease_lost");
  }),
  registryCase("a time to live outside 1000 to 3600000 is refused", async ({ registry }) => {
    for (const ttlMs of [0, 999, 3_600_001, 1500.5, Number.NaN]) {
      await rejectsWith(claim(registry, ALICE, ttlMs), "invalid_option");
    }
    const lease = await claimed(registry, ALICE, 1000);
    await rejectsWith(registry.leases.renew({ lease, ttlMs: 1 }), "invalid_option");
  }),
  registryCase("waiting for a resource that nobody holds ends at once", async ({ registry }) => {
    await registry.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000 });
  }),
  registryCase("a waiter wakes when another connection gives the lease back", async (subject) => {
    const other = await subject.connect();
    const lease = await claimed(subject.registry, ALICE);
    const wait = other.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000 });
    assert.equal(await isSettled(wait), false);
    await subject.registry.leases.release({ lease });
    await wait;
    assert.equal((await claim(other, BOB)).outcome, "claimed");
  }),
  registryCase("a waiter wakes when the lease runs out", async (subject) => {
    await claimed(subject.registry, ALICE, 1000);
    const wait = subject.registry.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000 });
    assert.equal(await isSettled(wait), false);
    await subject.advance(1000);
    await wait;
  }),
  registryCase("a wait ends after its time although nothing changed", async (subject) => {
    await claimed(subject.registry, ALICE);
    const wait = subject.registry.leases.waitForChange({ resource: RESOURCE, timeoutMs: 15 });
    await subject.advance(15);
    await wait;
    assert.equal((await claim(subject.registry, BOB)).outcome, "held");
  }),
  registryCase(
    "a wait that begins with the lease as it was seen ends with it, also if it had gone by then",
    async (subject) => {
      const other = await subject.connect();
      const seen = await claimed(subject.registry, ALICE);
      const wait = other.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000, seen });
      assert.equal(await isSettled(wait), false);
      await subject.registry.leases.release({ lease: seen });
      await wait;
      await other.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000, seen });
      assert.notEqual((await claimed(other, BOB)).fence, seen.fence);
      await subject.registry.leases.waitForChange({ resource: RESOURCE, timeoutMs: 600_000, seen });
    },
  ),
  registryCase("the first lease of a resource has fence 1, and none after it", async ({ registry }) => {
    const first = await claimed(registry, ALICE);
    assert.equal(first.fence, 1);
    await registry.leases.release({ lease: first });
    assert.equal((await claimed(registry, BOB)).fence, 2);
    const other = await registry.leases.claim({ resource: "another", holder: BOB, ttlMs: TTL_MS });
    assert.equal(other.lease.fence, 1);
  }),
  registryCase("a signal ends a wait with aborted, before it begins or in the middle", async ({ registry }) => {
    await claimed(registry, ALICE);
    const wait = { resource: RESOURCE, timeoutMs: 600_000 };
    await rejectsWith(registry.leases.waitForChange({ ...wait, signal: AbortSignal.abort() }), "aborted");
    const stop = new AbortController();
    const waiting = registry.leases.waitForChange({ ...wait, signal: stop.signal });
    assert.equal(await isSettled(waiting), false);
    stop.abort();
    await rejectsWith(waiting, "aborted");
  }),
];
