import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScoreDelta } from "../../src/registry/contract/index.ts";
import type { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import { openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";

async function score(
  manager: ProductionAgentManager,
  fingerprint: string,
  figures: { mean: number; count: number; sequence: number },
): Promise<void> {
  const { mean, count, sequence } = figures;
  const sum = BigInt(Math.round(mean * 1e6)) * BigInt(count);
  const delta: ScoreDelta = {
    key: manager.keyOf(NAME),
    fingerprint: fingerprint as `v1:${string}`,
    evaluator: "overall",
    source: "golden",
    count,
    failed: 0,
    sumMicro: sum,
    squareMicro: 0n,
    minMicro: 0,
    maxMicro: 1_000_000,
  };
  await manager.registry.scores.add({ writerId: "test", sequence, deltas: [delta] });
}

test("revisions lists what is in the service, newest first, with what holds it and how much it is used", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await manager.getOrCreateAgent(variant("Two."));
  await manager.flush();
  const listed = await manager.revisions(NAME);
  assert.deepEqual(
    listed.map(({ remote, isCurrent, holds, uses }) => [remote.id, isCurrent, holds, uses]),
    [
      [second.remote.id, true, [{ kind: "current" }], 2],
      [first.remote.id, false, [], 1],
    ],
  );
  assert.equal((await manager.current(NAME))?.fingerprint, second.fingerprint);
  await rejectsWith(manager.revisions("nobody"), "agent_not_found");
});

test("a roll-back makes the older revision current, writes nothing in the service, and tells who, why, before and after", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  const writes = world.world.creates();
  const back = await manager.rollback(NAME, { reason: "worse answers" });
  assert.equal(back.fingerprint, first.fingerprint);
  assert.equal(back.isCurrent, true);
  assert.equal(world.world.creates(), writes);
  const { items } = await manager.registry.events.list({
    location: manager.service.location,
    types: ["revision.current"],
  });
  assert.equal(items.length, 1);
  assert.equal(items[0]?.actor.id, manager.process.id);
  assert.deepEqual(
    { ...items[0].data, remote: 0 },
    {
      cause: "rollback",
      before: second.fingerprint,
      after: first.fingerprint,
      remote: 0,
      evidence: { reason: "worse answers" },
    },
  );
  assert.deepEqual(
    world.told("revision.current").map(({ cause, before }) => [cause, before]),
    [["rollback", second.fingerprint]],
  );
});

test("after a roll-back both configurations still give their own revision, and forward again is a roll-back too", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await manager.rollback(NAME);
  const other = world.manager();
  assert.equal((await other.getOrCreateAgent(variant("Two."))).remote.id, second.remote.id);
  assert.equal((await other.getOrCreateAgent(variant("One."))).remote.id, first.remote.id);
  assert.equal((await manager.current(NAME))?.fingerprint, first.fingerprint);
  assert.equal((await manager.rollback(NAME, { to: 2 })).fingerprint, second.fingerprint);
  assert.equal(world.world.emulator.stats().versions, 2);
});

test("a revision is named by version, by fingerprint and by the beginning of one", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  await manager.getOrCreateAgent(variant("Two."));
  for (const to of [1, "1", "market-analyst:1", first.fingerprint, first.fingerprint.slice(0, 12)]) {
    assert.equal((await manager.rollback(NAME, { to })).fingerprint, first.fingerprint);
  }
  for (const to of ["7", "v1:zzzzzz", first.fingerprint.slice(0, 8)])
    await rejectsWith(manager.rollback(NAME, { to }), "revision_not_found");
  await rejectsWith(manager.rollback(NAME, { to: " " }), "invalid_option");
  await rejectsWith(manager.rollback(NAME), "revision_not_found");
});

test("a roll-back to a revision that the service lost is refused, and the loss recorded", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await world.byHand("DELETE", "/agents/market-analyst/versions/1");
  await rejectsWith(manager.rollback(NAME), "revision_not_found");
  assert.equal((await manager.current(NAME))?.fingerprint, second.fingerprint);
  assert.deepEqual(
    (await manager.revisions(NAME)).map(({ remote }) => remote.id),
    [second.remote.id],
  );
  assert.equal((await manager.getOrCreateAgent(variant("One."))).outcome, "updated");
  assert.equal(world.told("revision.missing")[0]?.fingerprint, first.fingerprint);
});

test("a pin holds the current revision while new ones are made and used, until it is taken away", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  await manager.pin(NAME);
  const second = await manager.getOrCreateAgent(variant("Two."));
  assert.equal(second.outcome, "updated");
  assert.equal((await manager.current(NAME))?.fingerprint, first.fingerprint);
  assert.deepEqual(
    (await manager.current(NAME))?.holds.map(({ kind }) => kind),
    ["current", "pinned"],
  );
  await rejectsWith(manager.rollback(NAME, { to: 2 }), "agent_protected");
  await rejectsWith(manager.promote(NAME, { to: 2 }), "agent_protected");
  assert.equal(await manager.unpin(NAME), true);
  assert.equal(await manager.unpin(NAME), false);
  assert.equal((await manager.promote(NAME, { to: 2 })).fingerprint, second.fingerprint);
  assert.equal((await manager.pin(NAME, 1)).fingerprint, first.fingerprint);
});

test("a protected agent is not deleted, not even by order, until the protection ends or is taken away", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  assert.match(await manager.protect(NAME, "30d"), /^\d{4}-\d\d-\d\dT/);
  await rejectsWith(manager.cleanupAgent(NAME), "agent_protected");
  assert.equal(await manager.protect(NAME), "forever");
  const all = await manager.cleanupAll();
  assert.deepEqual(
    all.failed.map(({ error }) => error.code),
    ["agent_protected"],
  );
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.equal(await manager.unprotect(NAME), true);
  await manager.protect(NAME, undefined, { revision: 1 });
  await rejectsWith(manager.cleanupAgent(NAME), "agent_protected");
  await manager.unprotect(NAME, { revision: 1 });
  assert.equal(await manager.cleanupAgent(NAME), true);
});

test("a protection that ends in the past, or is no time, is refused", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  for (const until of [
    "-1d",
    "",
    "tomorrow",
    "2001-01-01T00:00:00Z",
    "2030-01-01",
    "0d",
    new Date(0),
    new Date(Number.NaN),
  ]) {
    await rejectsWith(manager.protect(NAME, until), "invalid_option");
  }
  assert.equal(await manager.unprotect(NAME), false);
});

test("promotion passes the gate on scores alone, and says what is missing", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await manager.rollback(NAME);
  const gate = { atLeast: 0.8, source: "golden", minCount: 10 };
  assert.match(
    (await rejectsWith(manager.promote(NAME, { to: 2, gate }), "change_forbidden")).message,
    /0 scored answers/,
  );
  await score(manager, second.fingerprint, { mean: 0.7, count: 10, sequence: 1 });
  assert.match(
    (await rejectsWith(manager.promote(NAME, { to: 2, gate }), "change_forbidden")).message,
    /mean of 0\.700/,
  );
  await score(manager, second.fingerprint, { mean: 1, count: 20, sequence: 2 });
  await score(manager, first.fingerprint, { mean: 1, count: 20, sequence: 3 });
  const refused = await rejectsWith(
    manager.promote(NAME, { to: 2, gate: { ...gate, maxLoss: 0.05 } }),
    "change_forbidden",
  );
  assert.match(refused.message, /0\.100 below/);
  assert.equal((await manager.current(NAME))?.fingerprint, first.fingerprint);
  assert.equal((await manager.promote(NAME, { to: 2, gate: { ...gate, maxLoss: 0.2 } })).isCurrent, true);
  const { items } = await manager.registry.events.list({
    location: manager.service.location,
    types: ["revision.current"],
  });
  assert.deepEqual(items.at(-1)?.data["evidence"], {
    gate: { ...gate, maxLoss: 0.2 },
    scores: { evaluator: "overall", source: "golden", count: 30, mean: 0.9, currentMean: 1 },
  });
  for (const wrong of [
    { atLeast: 1.1 },
    { atLeast: Number.NaN },
    { atLeast: 0.5, minCount: 0 },
    { atLeast: 0.5, maxLoss: -1 },
  ]) {
    await rejectsWith(manager.promote(NAME, { to: 2, gate: wrong }), "invalid_option");
  }
});

test("when the service stores something else than was sent, it is told with the difference", async () => {
  await using world = await openLifecycle();
  const service = world.world.service();
  const create = service.createRevision.bind(service);
  service.createRevision = async (params) => {
    const outcome = await create({ ...params, definition: { ...params.definition, instructions: "Cut" } });
    return outcome;
  };
  const manager = world.manager({ service });
  await manager.getOrCreateAgent(variant("Cut short."));
  await manager.getOrCreateAgent(variant("Cut"));
  const told = world.told("revision.stored-differently");
  assert.deepEqual(
    told.map(({ difference }) => difference),
    [[{ path: "instructions", kind: "changed", before: "Cut short.", after: "Cut" }]],
  );
  const { items } = await manager.registry.events.list({
    location: service.location,
    types: ["revision.stored-differently"],
  });
  assert.equal(items.length, 1);
});

test("two processes that roll back and forward at once leave one current revision and no half-made step", async () => {
  await using world = await openLifecycle();
  const managers = [world.manager(), world.manager()];
  await managers[0]!.getOrCreateAgent(variant("One."));
  await managers[0]!.getOrCreateAgent(variant("Two."));
  await Promise.all(managers.flatMap((manager) => [1, 2, 1, 2].map((to) => manager.rollback(NAME, { to }))));
  const { items } = await managers[0]!.registry.events.list({
    location: managers[0]!.service.location,
    types: ["revision.current"],
  });
  for (const [index, event] of items.entries()) {
    if (index > 0) assert.equal(event.data["before"], items[index - 1]?.data["after"]);
  }
  assert.equal(
    (await managers[1]!.current(NAME))?.fingerprint,
    items.at(-1)?.data["after"] ?? (await managers[0]!.current(NAME))?.fingerprint,
  );
});

test("a release that comes back as a draft is removed again and told, since nobody can be routed to it", async () => {
  await using world = await openLifecycle();
  const service = world.world.service();
  const create = service.createRevision.bind(service);
  service.createRevision = async (params) => {
    const outcome = await create(params);
    return outcome.kind === "ok" ? { ...outcome, value: { ...outcome.value, draft: true } } : outcome;
  };
  const manager = world.manager({ service });
  const error = await rejectsWith(manager.getOrCreateAgent(variant("One.")), "service_protocol");
  assert.match(error.message, /draft/);
  assert.equal(world.world.emulator.stats().versions, 0);
  assert.deepEqual(
    world.told("revision.stored-differently").map(({ draft }) => draft),
    ["unexpected"],
  );
});

test("a draft of somebody else that silently became a release is drift, named with its difference", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  const definition = { kind: "prompt", model: "gpt-4.1", instructions: "Only a draft." };
  // A project without drafts makes a release of it ("until it's enabled, a request with draft=true creates a normal release version instead").
  await world.byHand("POST", "/agents/market-analyst/versions", { draft: true, definition });
  const findings = await Array.fromAsync(manager.drift(NAME));
  assert.deepEqual(
    findings.map(({ source, remote }) => [source, remote?.version]),
    [["newer-version", "2"]],
  );
  assert.match(findings[0]?.text ?? "", /Only a draft\./);
});
