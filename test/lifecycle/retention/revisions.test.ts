import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { variant } from "../lifecycle-world.ts";
import { MINUTE, openRetention } from "./retention-world.ts";

const NAME = "market_analyst";
const SERVICE_NAME = "market-analyst";
/** Everything that nothing holds and that is not the newest goes after ten minutes without use, five minutes after it was marked. */
const KEEP_ONE: RetentionPolicies = { revisions: { keep: 1, usedWithin: "10m" }, grace: "5m" };

/** Written at once: a use is dated by when it is written. */
const use = async (manager: ProductionAgentManager, text: string) => {
  const agent = await manager.getOrCreateAgent(variant(text));
  await manager.flush();
  return agent;
};

const apply = async (manager: ProductionAgentManager, policies: RetentionPolicies = KEEP_ONE) =>
  (await manager.cleanup({ apply: true, policies })).counts;

test("an old revision is marked, waits for the grace period, and is then deleted in the service and in the registry", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const first = await use(manager, "One.");
  await use(manager, "Two.");
  assert.equal((await manager.plan({ policies: KEEP_ONE })).counts.mark, 0, "it was just used");
  world.runtime.advance(10 * MINUTE);
  const plan = await manager.plan({ policies: KEEP_ONE });
  assert.deepEqual(
    plan.actions.map(({ kind, rule, fingerprint, reason }) => [kind, rule, fingerprint, reason]),
    [["mark", "revisions", first.fingerprint, "It is not among the newest 1 and nobody has used it for 10 minutes."]],
  );
  assert.equal(plan.actions[0]?.evidence["rank"], 2);
  assert.equal(world.deletions(), 0, "a plan only reads");
  assert.equal((await apply(manager)).mark, 1);
  world.runtime.advance(5 * MINUTE - 1);
  assert.deepEqual([(await apply(manager)).delete, world.deletions()], [0, 0], "the grace period is not over");
  world.runtime.advance(1);
  assert.equal((await apply(manager)).delete, 1);
  assert.deepEqual(await world.versions(manager, SERVICE_NAME), ["2"]);
  assert.equal((await manager.revisions(NAME)).length, 1);
  const { items } = await manager.registry.events.list({
    location: manager.service.location,
    types: ["revision.deleted"],
  });
  assert.equal(items[0]?.data["cause"], "revisions");
  assert.equal((await use(manager, "One.")).outcome, "updated", "asked for again it is made again");
});

test("a use between mark and deletion takes the mark away, also one from another process's memory", async () => {
  await using world = await openRetention();
  const [manager, other] = [world.manager(), world.manager()];
  await use(manager, "One.");
  await use(manager, "Two.");
  const held = variant("One.");
  await other.getOrCreateAgent(held);
  await other.flush();
  world.runtime.advance(10 * MINUTE);
  await other.getOrCreateAgent(held);
  await other.flush();
  assert.equal((await apply(manager)).mark, 0, "the other process uses it");
  world.runtime.advance(10 * MINUTE);
  assert.equal((await apply(manager)).mark, 1);
  const cell = await other.getOrCreateAgent(held);
  await other.flush();
  assert.equal(cell.reused, true);
  world.runtime.advance(5 * MINUTE);
  assert.deepEqual((await apply(manager)).delete, 0);
  assert.equal(
    (await manager.revisions(NAME)).every(({ state }) => state === "active"),
    true,
  );
});

test("what is current, pinned, aliased, protected or in a live session stays, whatever its age", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const texts = ["aliased", "protected", "in session", "free", "current"];
  const made = [];
  for (const text of texts)
    made.push(
      await manager.getOrCreateAgent({ ...variant(text), ...(text === "in session" ? { sessionId: "s1" } : {}) }),
    );
  await manager.setAlias(NAME, "production", { to: made[0]?.fingerprint ?? "" });
  await manager.protect(NAME, undefined, { revision: made[1]?.fingerprint ?? "" });
  await manager.flush();
  const policies: RetentionPolicies = { ...KEEP_ONE, revisions: { keep: 0, usedWithin: 0 } };
  for (let round = 0; round < 3; round += 1) {
    world.runtime.advance(60 * MINUTE);
    await apply(manager, policies);
  }
  const left = (await manager.revisions(NAME)).map(({ definition }) => definition["instructions"]);
  assert.deepEqual(left, ["current", "in session", "protected", "aliased"]);
  await manager.pin(NAME, made[0]?.fingerprint);
  await manager.deleteAlias(NAME, "production");
  await manager.unprotect(NAME, { revision: made[1]?.fingerprint ?? "" });
  for (let round = 0; round < 3; round += 1) {
    world.runtime.advance(60 * MINUTE);
    await apply(manager, { ...policies, sessions: { unusedFor: "10m" } });
  }
  const last = (await manager.revisions(NAME)).map(({ definition }) => definition["instructions"]);
  assert.deepEqual(last, ["aliased"], "the pinned one became current, nothing holds the others");
});

test("a hold that comes after the mark keeps the revision", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const first = await use(manager, "One.");
  await use(manager, "Two.");
  world.runtime.advance(10 * MINUTE);
  assert.equal((await apply(manager)).mark, 1);
  await manager.setAlias(NAME, "production", { to: first.fingerprint });
  world.runtime.advance(10 * MINUTE);
  const counts = await apply(manager);
  assert.deepEqual([counts.delete, counts.unmark], [0, 1]);
});

test("a version whose stamp somebody took away in the meantime is left alone", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const first = await use(manager, "One.");
  await use(manager, "Two.");
  world.runtime.advance(10 * MINUTE);
  await apply(manager);
  world.runtime.advance(10 * MINUTE);
  const { service } = manager;
  const getRevision = service.getRevision.bind(service);
  Object.assign(service, {
    getRevision: async (params: Parameters<typeof getRevision>[0]) => {
      const shown = await getRevision(params);
      return shown === undefined ? undefined : { ...shown, stamp: undefined };
    },
  });
  assert.equal((await apply(manager)).delete, 0);
  assert.equal(world.deletions(), 0);
  const kept = await manager.registry.agents.getRevision({ key: manager.keyOf(NAME), fingerprint: first.fingerprint });
  assert.deepEqual([kept?.state, kept?.stamped], ["active", false]);
});

test("200 configuration changes with retention on never leave more than the kept number and the marked ones", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const policies: RetentionPolicies = { revisions: { keep: 10, usedWithin: "3m" }, grace: "5m" };
  let most = 0;
  for (let change = 0; change < 200; change += 1) {
    await use(manager, `Change ${change}.`);
    world.runtime.advance(MINUTE);
    await apply(manager, policies);
    const revisions = await manager.revisions(NAME);
    const marked = revisions.filter(({ state }) => state === "retiring").length;
    assert.ok(revisions.length - marked <= 10, `${revisions.length} revisions, ${marked} of them marked`);
    most = Math.max(most, (await world.versions(manager, SERVICE_NAME)).length);
  }
  assert.ok(most <= 16, `${most} versions at once: 10 kept, and those marked within five minutes`);
});

test("whoever makes a version beyond 70 % of the service's limit is told, at no further cost", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  Object.assign(manager.service, { capabilities: { versions: true, uniqueNames: true, maxVersions: 10 } });
  const { emulator } = world.lifecycle.world;
  for (let change = 1; change <= 9; change += 1) {
    // The answer of the eighth is lost: it is found again, and counted all the same.
    if (change === 8) emulator.faults([{ method: "POST", path: "/versions", effect: "drop-after", times: 1 }]);
    await use(manager, `Change ${change}.`);
  }
  assert.deepEqual(
    world.lifecycle.told("limit.near").map(({ level, used }) => [level, used]),
    [
      ["warn", 7],
      ["warn", 8],
      ["act", 9],
    ],
  );
});
