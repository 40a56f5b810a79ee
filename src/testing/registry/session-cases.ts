import assert from "node:assert/strict";
import type { AgentKey, SessionRecord } from "../../registry/contract/index.ts";
import { commit, fingerprint, keyOf, LOCATION, pages, SCOPE } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

function newSession(sessionId: string, lastUsedAt = 1000, key: AgentKey = KEY): Omit<SessionRecord, "revisionCount"> {
  return {
    key,
    sessionId,
    fingerprint: fingerprint(1),
    conversationId: "conv_1",
    userId: "ü",
    title: undefined,
    createdAt: 500,
    lastUsedAt,
    data: { turns: [1, "two", null] },
  };
}

/** Sessions, changed by compare-and-set. */
export const sessionCases: readonly RegistryCase[] = [
  registryCase("a session is written, read by every connection and deleted once", async (subject) => {
    const { sessions } = subject.registry;
    await commit(subject.registry, KEY);
    const { written, session } = await sessions.put({ session: newSession("s"), expected: 0 });
    assert.equal(written, true);
    assert.deepEqual({ ...session }, { ...newSession("s"), revisionCount: 1 });
    const other = await subject.connect();
    assert.deepEqual({ ...(await other.sessions.get({ key: KEY, sessionId: "s" })) }, { ...session });
    assert.equal(await other.sessions.get({ key: KEY, sessionId: "S" }), undefined);
    assert.equal(await other.sessions.delete({ key: KEY, sessionId: "s" }), true);
    assert.equal(await sessions.delete({ key: KEY, sessionId: "s" }), false);
    assert.equal(await sessions.get({ key: KEY, sessionId: "s" }), undefined);
  }),
  registryCase("whoever expects another count loses and is given what is stored", async ({ registry }) => {
    await commit(registry, KEY);
    const { sessions } = registry;
    assert.deepEqual(await sessions.put({ session: newSession("s"), expected: 1 }), {
      written: false,
      session: undefined,
    });
    const first = await sessions.put({ session: newSession("s"), expected: 0 });
    const late = await sessions.put({ session: { ...newSession("s"), title: "late" }, expected: 0 });
    assert.deepEqual([late.written, { ...late.session }], [false, { ...first.session }]);
    const second = await sessions.put({ session: { ...newSession("s"), title: "second" }, expected: 1 });
    assert.deepEqual([second.written, second.session?.title, second.session?.revisionCount], [true, "second", 2]);
  }),
  registryCase("of many who put at once exactly one wins", async (subject) => {
    const connections = [subject.registry, await subject.connect()];
    await commit(subject.registry, KEY);
    const puts = Array.from({ length: 8 }, (_, index) => {
      const { sessions } = connections[index % 2] ?? subject.registry;
      return sessions.put({ session: { ...newSession("s"), title: String(index) }, expected: 0 });
    });
    const results = await Promise.all(puts);
    assert.equal(results.filter(({ written }) => written).length, 1);
    assert.equal(new Set(results.map(({ session }) => session?.title)).size, 1);
  }),
  registryCase("the birthday stays and the last use never goes back", async ({ registry }) => {
    await commit(registry, KEY);
    await registry.sessions.put({ session: newSession("s", 2000), expected: 0 });
    const { session } = await registry.sessions.put({
      session: { ...newSession("s", 1000), createdAt: 900 },
      expected: 1,
    });
    assert.deepEqual([session?.createdAt, session?.lastUsedAt], [500, 2000]);
  }),
  registryCase("a session of an agent that is not there is refused", async ({ registry }) => {
    await rejectsWith(registry.sessions.put({ session: newSession("s"), expected: 0 }), "agent_not_found");
    assert.equal(await registry.sessions.delete({ key: KEY, sessionId: "s" }), false);
  }),
  registryCase("sessions are listed by id in pages, of an agent or a scope", async ({ registry }) => {
    for (const name of ["b", "a"]) {
      await commit(registry, keyOf(name));
      for (const id of ["2", "10", "é", "1"]) {
        await registry.sessions.put({ session: newSession(id, 1000, keyOf(name)), expected: 0 });
      }
    }
    const read = async (name?: string): Promise<string[]> => {
      const parts = await pages(3, (page) =>
        registry.sessions.list({ location: LOCATION, scope: SCOPE, name, ...page }),
      );
      return parts.flat().map(({ key, sessionId }) => `${sessionId}${key.name}`);
    };
    assert.deepEqual(await read("b"), ["1b", "10b", "2b", "éb"]);
    // Sessions of one id come in any order that stays.
    const ofScope = await read();
    assert.deepEqual(
      ofScope.map((name) => name.slice(0, -1)),
      ["1", "1", "10", "10", "2", "2", "é", "é"],
    );
    assert.deepEqual(new Set(ofScope), new Set(["1a", "1b", "10a", "10b", "2a", "2b", "éa", "éb"]));
  }),
  registryCase("idle sessions are listed longest idle first, and busy ones left out", async ({ registry }) => {
    for (const name of ["b", "a"]) {
      await commit(registry, keyOf(name));
      for (const at of [30, 10, 20, 40])
        await registry.sessions.put({ session: newSession(`s${at}`, at, keyOf(name)), expected: 0 });
    }
    const read = async (name?: string): Promise<string[]> => {
      const filter = { location: LOCATION, scope: SCOPE, name, usedBefore: 30 };
      const parts = await pages(1, (page) => registry.sessions.list({ ...filter, ...page }));
      return parts.flat().map(({ key, sessionId }) => `${sessionId}${key.name}`);
    };
    const ofScope = await read();
    assert.deepEqual(
      ofScope.map((name) => name.slice(0, -1)),
      ["s10", "s10", "s20", "s20"],
    );
    assert.deepEqual(new Set(ofScope), new Set(["s10a", "s10b", "s20a", "s20b"]));
    assert.deepEqual(await read("a"), ["s10a", "s20a"]);
  }),
  registryCase("sessions are counted by agent of the scope", async ({ registry }) => {
    for (const key of [keyOf("a"), keyOf("b"), keyOf("none"), keyOf("a", "other")]) await commit(registry, key);
    const keys = [keyOf("a"), keyOf("a"), keyOf("b"), keyOf("a", "other")];
    for (const [index, key] of keys.entries()) {
      await registry.sessions.put({ session: newSession(`s${index}`, 1, key), expected: 0 });
    }
    const count = await registry.sessions.count({ location: LOCATION, scope: SCOPE });
    assert.deepEqual(Object.fromEntries(count), { a: 2, b: 1 });
  }),
];
