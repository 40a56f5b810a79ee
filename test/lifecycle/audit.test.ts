import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditEvent } from "../../src/lifecycle/audit/read-events.ts";
import type { NewEvent } from "../../src/registry/contract/index.ts";
import { openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";

test("every decision has an actor, a cause, before and after", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await manager.rollback(NAME);
  await manager.setAlias(NAME, "production", { to: 2 });
  await manager.pin(NAME);
  await manager.unpin(NAME);
  await manager.protect(NAME);
  await manager.unprotect(NAME);
  await manager.deleteAlias(NAME, "production");
  await manager.setDriftPolicy(NAME, "revert");
  const events = await Array.fromAsync(manager.events());
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      "agent.created",
      "agent.updated",
      "revision.current",
      "alias.moved",
      "revision.current",
      "revision.unpinned",
      "agent.protected",
      "agent.unprotected",
      "alias.deleted",
      "drift.policy",
    ],
  );
  for (const { actor, data, type } of events) {
    assert.deepEqual(actor, manager.process);
    for (const member of ["cause", "before", "after"]) assert.ok(member in data, `${type} has ${member}`);
  }
  assert.deepEqual([events[1]?.data["before"], events[1]?.data["after"]], [first.fingerprint, second.fingerprint]);
});

async function fill(
  manager: {
    registry: { events: { append(params: { events: readonly NewEvent[] }): Promise<void> } };
    service: { location: string };
    process: NewEvent["actor"];
  },
  count: number,
  at: (index: number) => number,
): Promise<void> {
  const events = Array.from({ length: count }, (_, index): NewEvent => ({
    type: "test.event",
    location: manager.service.location,
    scope: "default",
    agentName: index % 2 === 0 ? "even" : "odd",
    at: at(index),
    actor: manager.process,
    data: { index },
  }));
  await manager.registry.events.append({ events });
}

test("a thousand events are read page by page, filtered by agent, type and time", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const now = manager.runtime.now();
  await fill(manager, 1_000, (index) => now - (1_000 - index) * 60_000 + 30_000);
  const numbers = async (filter: object) => Array.fromAsync(manager.events(filter), ({ data }) => data["index"]);
  assert.deepEqual(
    await numbers({}),
    Array.from({ length: 1_000 }, (_, index) => index),
  );
  assert.equal((await numbers({ agentName: "odd" })).length, 500);
  assert.deepEqual(await numbers({ types: ["nothing"] }), []);
  assert.equal((await numbers({ since: "60m" })).length, 60);
  assert.equal((await numbers({ since: new Date(now - 60 * 60_000) })).length, 60);
  assert.equal((await numbers({ since: new Date(now - 60 * 60_000).toISOString() })).length, 60);
});

test("the trail is exported as one JSON object per line", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant('One "line"\nor two.'));
  await manager.rollback(NAME, { to: 1 });
  const lines = (await Array.fromAsync(manager.exportEvents())).join("");
  assert.ok(lines.endsWith("\n"));
  const events = lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as AuditEvent);
  assert.deepEqual(
    events.map(({ type, scope, agentName }) => [type, scope, agentName]),
    [["agent.created", "default", NAME]],
  );
  assert.match(events[0]?.at ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test("a follower gets what was, then what happens, until its signal fires", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const event of manager.events({ follow: true, pollMs: 50, signal: stop.signal })) {
    seen.push(event.type);
    if (seen.length === 1) await world.manager().getOrCreateAgent(variant("Two."));
    if (seen.length === 2) stop.abort();
  }
  assert.deepEqual(seen, ["agent.created", "agent.updated"]);
});

test("a follower that waits ends when its signal fires, and one that does not follow is aborted", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const stop = new AbortController();
  const following = Array.fromAsync(manager.events({ follow: true, pollMs: 600_000, signal: stop.signal }));
  setImmediate(() => stop.abort());
  assert.deepEqual(await following, []);
  await rejectsWith(Array.fromAsync(manager.events({ signal: stop.signal })), "aborted");
});

test("events are kept as long as wanted, and times that are none are refused", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const day = 86_400_000;
  await fill(manager, 10, (index) => manager.runtime.now() - index * day - day / 2);
  assert.equal(await world.manager({ scope: "other" }).pruneEvents("0s"), 0, "the trail of a scope is its own");
  assert.equal(await manager.pruneEvents("3d"), 7);
  assert.equal((await Array.fromAsync(manager.events())).length, 3);
  for (const keep of ["-1d", "soon", -1]) await rejectsWith(manager.pruneEvents(keep as never), "invalid_option");
  for (const since of ["-1d", "yesterday", "2026-01-01", new Date(Number.NaN)])
    await rejectsWith(Array.fromAsync(manager.events({ since })), "invalid_option");
  await rejectsWith(Array.fromAsync(manager.events({ pollMs: 1 })), "invalid_option");
});
