import assert from "node:assert/strict";
import type { AgentRegistry, EventStore } from "../../registry/contract/index.ts";
import { commit, fingerprint, hold, isSettled, keyOf, LOCATION, newEvent } from "./fixtures.ts";
import { type RegistryCase, registryCase } from "./registry-under-test.ts";

type Filter = Omit<Parameters<EventStore["list"]>[0], "location">;

async function types({ events }: AgentRegistry, filter: Filter = {}): Promise<string[]> {
  return (await events.list({ location: LOCATION, ...filter })).items.map(({ type }) => type);
}

/** The audit trail. */
export const eventCases: readonly RegistryCase[] = [
  registryCase("events come back whole and in the order of their coming", async (subject) => {
    const { events } = subject.registry;
    const first = newEvent("agent.created", "a", 3000);
    await events.append({ events: [first, newEvent("b", undefined, 1000)] });
    await events.append({ events: [] });
    const other = await subject.connect();
    await other.events.append({ events: [newEvent("c", "a", 2000)] });
    const { items } = await events.list({ location: LOCATION });
    assert.deepEqual(
      items.map(({ type, agentName }) => [type, agentName]),
      [
        ["agent.created", "a"],
        ["b", undefined],
        ["c", "a"],
      ],
    );
    const { sequence, ...rest } = items[0] ?? assert.fail("There is no event.");
    assert.deepEqual({ ...rest, actor: { ...rest.actor } }, first);
    assert.ok(items.every((event, index) => index === 0 || event.sequence > (items[index - 1]?.sequence ?? sequence)));
  }),
  registryCase("events are filtered by scope, agent, type and time", async ({ registry }) => {
    const events = [
      newEvent("x", "a", 10),
      newEvent("y", "a", 20),
      newEvent("x", "b", 30),
      newEvent("z", undefined, 40, "other"),
    ];
    await registry.events.append({ events });
    assert.deepEqual(await types(registry), ["x", "y", "x", "z"]);
    assert.deepEqual(await types(registry, { scope: "suite" }), ["x", "y", "x"]);
    assert.deepEqual(await types(registry, { scope: "suite", agentName: "a" }), ["x", "y"]);
    assert.deepEqual(await types(registry, { types: ["y", "z"] }), ["y", "z"]);
    assert.deepEqual(await types(registry, { types: [] }), []);
    assert.deepEqual(await types(registry, { since: 20, types: ["x"] }), ["x"]);
    assert.deepEqual((await registry.events.list({ location: "elsewhere" })).items, []);
  }),
  registryCase("the last page has a cursor too, from which a reader follows", async ({ registry }) => {
    const { events } = registry;
    const empty = await events.list({ location: LOCATION });
    assert.deepEqual(empty.items, []);
    await events.append({ events: [newEvent("1", "a", 1), newEvent("2", "a", 1), newEvent("3", "a", 1)] });
    const first = await events.list({ location: LOCATION, cursor: empty.cursor, limit: 2 });
    const second = await events.list({ location: LOCATION, cursor: first.cursor, limit: 2 });
    const third = await events.list({ location: LOCATION, cursor: second.cursor, limit: 2 });
    await events.append({ events: [newEvent("4", "a", 1)] });
    const fourth = await events.list({ location: LOCATION, cursor: third.cursor, limit: 2 });
    assert.deepEqual(
      [first, second, third, fourth].map(({ items }) => items.map(({ type }) => type)),
      [["1", "2"], ["3"], [], ["4"]],
    );
    assert.notEqual(fourth.cursor, undefined);
  }),
  registryCase("a follower misses nothing that many write at once", async (subject) => {
    const writers = [subject.registry, await subject.connect(), await subject.connect()];
    const writing = Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const { events } = writers[index % 3] ?? subject.registry;
        return events.append({ events: [newEvent(String(index), "a", index)] });
      }),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    const read = async (): Promise<void> => {
      const page = await subject.registry.events.list({ location: LOCATION, cursor });
      seen.push(...page.items.map(({ type }) => type));
      cursor = page.cursor;
    };
    while (!(await isSettled(writing))) await read();
    await writing;
    await read();
    assert.equal(seen.length, 60);
    assert.equal(new Set(seen).size, 60);
  }),
  registryCase("old events can be deleted, and are counted", async ({ registry }) => {
    const elsewhere = { ...newEvent("e", "a", 1), location: "elsewhere" };
    await registry.events.append({
      events: [newEvent("a", "a", 10), newEvent("b", "a", 20), newEvent("c", "a", 5), elsewhere],
    });
    assert.equal(await registry.events.delete({ location: LOCATION, before: 20 }), 2);
    assert.equal(await registry.events.delete({ location: LOCATION, before: 20 }), 0);
    assert.deepEqual(await types(registry), ["b"]);
    assert.equal(await registry.events.delete({ location: LOCATION, scope: "another", before: 30 }), 0);
    assert.equal(await registry.events.delete({ location: LOCATION, scope: "suite", before: 30 }), 1);
    assert.equal((await registry.events.list({ location: "elsewhere" })).items.length, 1);
  }),
  registryCase("events of an agent outlive it", async ({ registry }) => {
    const key = keyOf("a");
    await commit(registry, key);
    const lease = await hold(registry, key);
    const change = { lease, key, fingerprint: fingerprint(1) };
    await registry.agents.updateRevision({
      ...change,
      state: "deleted",
      events: [newEvent("revision.deleted", "a", 1)],
    });
    await registry.agents.delete({ lease, key, events: [newEvent("agent.deleted", "a", 2)] });
    assert.deepEqual(await types(registry, { scope: "suite", agentName: "a" }), ["revision.deleted", "agent.deleted"]);
  }),
];
