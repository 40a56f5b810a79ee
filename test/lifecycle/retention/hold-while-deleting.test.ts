import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../../src/errors/index.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { rejectsWith, variant } from "../lifecycle-world.ts";
import { MINUTE, openRetention, type RetentionWorld } from "./retention-world.ts";

const NAME = "market_analyst";
const SERVICE_NAME = "market-analyst";
const POLICIES: RetentionPolicies = { revisions: { keep: 1, usedWithin: "10m" }, grace: "5m", orphans: false };

/** Two revisions, and a cleanup that died between the intent to delete the older one and its request. */
async function dieBeforeDeleting(world: RetentionWorld): Promise<{ readonly doomed: string }> {
  const dying = world.manager();
  const { fingerprint: doomed } = await dying.getOrCreateAgent(variant("One."));
  await dying.getOrCreateAgent(variant("Two."));
  await dying.flush();
  for (const minutes of [10, 5]) {
    if (minutes === 5)
      Object.assign(dying.service, {
        deleteRevision: () => Promise.reject(new TenureError("service_unavailable", "The process ends here.")),
      });
    world.runtime.advance(minutes * MINUTE);
    await dying.cleanup({ apply: true, policies: POLICIES });
  }
  return { doomed };
}

async function cleanUp(world: RetentionWorld, manager: ProductionAgentManager, policies: RetentionPolicies = POLICIES) {
  for (let round = 0; round < 3; round += 1) {
    world.runtime.advance(10 * MINUTE);
    await manager.cleanup({ apply: true, policies });
  }
}

const HOLDS: readonly (readonly [string, (manager: ProductionAgentManager, revision: string) => Promise<unknown>])[] = [
  ["protecting", (manager, revision) => manager.protect(NAME, undefined, { revision })],
  ["an alias", (manager, revision) => manager.setAlias(NAME, "production", { to: revision })],
  ["promoting", (manager, revision) => manager.promote(NAME, { to: revision })],
  ["pinning", (manager, revision) => manager.pin(NAME, revision)],
  ["rolling back to it", (manager, revision) => manager.rollback(NAME, { to: revision })],
  ["rolling back", (manager) => manager.rollback(NAME)],
];

for (const [what, hold] of HOLDS) {
  test(`${what} first ends a deletion that was begun, and then finds that the revision is gone`, async () => {
    await using world = await openRetention();
    const { doomed } = await dieBeforeDeleting(world);
    const manager = world.manager();
    await rejectsWith(hold(manager, doomed), "revision_not_found");
    assert.deepEqual(await world.versions(manager, SERVICE_NAME), ["2"]);
    assert.equal((await manager.current(NAME))?.remote.version, "2");
  });

  test(`${what} keeps the revision for good if the service refuses the deletion that was begun`, async () => {
    await using world = await openRetention();
    const { doomed } = await dieBeforeDeleting(world);
    const manager = world.manager();
    const { emulator } = world.lifecycle.world;
    emulator.faults([{ method: "DELETE", effect: "status", status: 403, times: 1 }]);
    await hold(manager, doomed);
    await cleanUp(world, manager);
    assert.ok((await world.versions(manager, SERVICE_NAME)).includes("1"));
  });
}

test("a protection is refused while nobody can tell what became of a deletion that was begun", async () => {
  await using world = await openRetention();
  const { doomed } = await dieBeforeDeleting(world);
  const manager = world.manager();
  const getRevision = manager.service.getRevision.bind(manager.service);
  Object.assign(manager.service, {
    getRevision: () => Promise.reject(new TenureError("service_unavailable", "Nobody answers.")),
  });
  await rejectsWith(manager.protect(NAME, undefined, { revision: doomed }), "service_unavailable");
  await rejectsWith(manager.protect(NAME), "service_unavailable");
  assert.equal((await manager.ownership(NAME)).protectedUntil, undefined);
  Object.assign(manager.service, { getRevision });
  await manager.protect(NAME);
  assert.deepEqual(await world.versions(manager, SERVICE_NAME), ["2"], "what was begun has come to its end");
});

test("without the policy `intents` a cleanup leaves the marks of an agent alone whose deletion was begun", async () => {
  await using world = await openRetention();
  const { doomed } = await dieBeforeDeleting(world);
  const manager = world.manager();
  const policies: RetentionPolicies = { ...POLICIES, intents: false };
  assert.deepEqual((await manager.plan({ policies })).actions, []);
  await cleanUp(world, manager, policies);
  const record = await manager.registry.agents.getRevision({
    key: manager.keyOf(NAME),
    fingerprint: doomed as `v1:${string}`,
  });
  assert.equal(record?.state, "retiring", "its deletion may still arrive");
  await cleanUp(world, manager);
  assert.deepEqual(await world.versions(manager, SERVICE_NAME), ["2"]);
});
