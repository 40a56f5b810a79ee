import assert from "node:assert/strict";
import type { AgentRegistry, UsageDelta, UsageRecord } from "../../registry/contract/index.ts";
import { ALICE, BOB, commit, delta, fingerprint, hold, keyOf, LOCATION, pages, SCOPE } from "./fixtures.ts";
import { type RegistryCase, registryCase } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

async function usage(registry: AgentRegistry): Promise<readonly UsageRecord[]> {
  return (await registry.usage.list({ location: LOCATION, scope: SCOPE })).items;
}

function add(
  registry: AgentRegistry,
  sequence: number,
  deltas: readonly UsageDelta[],
  processId = ALICE.id,
): Promise<void> {
  return registry.usage.add({ processId, sequence, deltas, sessions: [] });
}

/** A delta in which no two counters are the same. */
const DISTINCT: UsageDelta = {
  key: KEY,
  fingerprint: fingerprint(1),
  uses: 1,
  creations: 2,
  reuses: 3,
  runs: 4,
  failedRuns: 5,
  unpricedRuns: 3,
  inputTokens: 6_000_000_000,
  cachedInputTokens: 7,
  outputTokens: 8,
  reasoningTokens: 9,
  costPico: 9_007_199_254_740_993n,
  lastUsedAt: 1000,
};

/** Counting use. */
export const usageCases: readonly RegistryCase[] = [
  registryCase("deltas add up exactly, whatever connection they come by", async (subject) => {
    const other = await subject.connect();
    await commit(subject.registry, KEY);
    await add(subject.registry, 1, [DISTINCT]);
    await add(other, 1, [{ ...DISTINCT, costPico: 2n, lastUsedAt: 2000 }], BOB.id);
    const [record] = await usage(subject.registry);
    assert.deepEqual(
      { ...record },
      {
        key: KEY,
        fingerprint: fingerprint(1),
        uses: 2,
        creations: 4,
        reuses: 6,
        runs: 8,
        failedRuns: 10,
        unpricedRuns: 6,
        inputTokens: 12_000_000_000,
        cachedInputTokens: 14,
        outputTokens: 16,
        reasoningTokens: 18,
        costPico: 9_007_199_254_740_995n,
        lastUsedAt: 2000,
      },
    );
  }),
  registryCase("deltas of one revision in one batch add up too", async ({ registry }) => {
    await commit(registry, KEY);
    await add(registry, 1, [delta(KEY, 1, 1, 10), delta(KEY, 1, 2, 30), delta(KEY, 1, 3, 20)]);
    const [record] = await usage(registry);
    assert.deepEqual([record?.uses, record?.costPico, record?.lastUsedAt], [6, 6n, 30]);
  }),
  registryCase("the last use never goes back", async ({ registry }) => {
    await commit(registry, KEY);
    await add(registry, 1, [delta(KEY, 1, 1, 2000)]);
    await add(registry, 2, [delta(KEY, 1, 1, 1000)]);
    assert.equal((await usage(registry))[0]?.lastUsedAt, 2000);
  }),
  registryCase("a batch is applied once, however often and late it comes", async (subject) => {
    const { registry } = subject;
    const other = await subject.connect();
    await commit(registry, KEY);
    const batch = [delta(KEY, 1, 1, 1000)];
    await Promise.all([add(registry, 1, batch), add(other, 1, batch), add(registry, 1, batch)]);
    await add(registry, 2, batch);
    await add(other, 1, batch);
    await add(registry, 2, batch);
    await add(registry, 1, batch, BOB.id);
    assert.equal((await usage(registry))[0]?.uses, 3);
  }),
  registryCase(
    "deltas and sessions of what is gone are dropped, the rest of the batch counts",
    async ({ registry }) => {
      await commit(registry, KEY);
      const deltas = [
        delta(keyOf("gone"), 1, 1, 1),
        delta(KEY, 99, 1, 1),
        delta(KEY, 1, 1, 1),
        delta(keyOf(KEY.name, "gone"), 1, 1, 1),
      ];
      const sessions = [{ key: keyOf("gone"), sessionId: "s", fingerprint: fingerprint(1), lastUsedAt: 1 }];
      await registry.usage.add({ processId: ALICE.id, sequence: 1, deltas, sessions });
      const records = await usage(registry);
      assert.deepEqual(
        records.map(({ key, fingerprint: print, uses }) => [key.name, print, uses]),
        [[KEY.name, fingerprint(1), 1]],
      );
      assert.equal(await registry.sessions.get({ key: keyOf("gone"), sessionId: "s" }), undefined);
    },
  ),
  registryCase("an empty batch is fine and takes its number", async ({ registry }) => {
    await commit(registry, KEY);
    await add(registry, 1, []);
    await add(registry, 1, [delta(KEY, 1, 1, 1)]);
    assert.deepEqual(await usage(registry), []);
  }),
  registryCase("use takes the mark from a retiring revision and leaves the others", async ({ registry }) => {
    for (const seed of [1, 2, 3]) await commit(registry, KEY, seed);
    const lease = await hold(registry, KEY);
    const change = { lease, key: KEY };
    for (const seed of [1, 2])
      await registry.agents.updateRevision({ ...change, fingerprint: fingerprint(seed), state: "retiring" });
    await registry.agents.updateRevision({ ...change, fingerprint: fingerprint(3), state: "deleted" });
    await add(registry, 1, [delta(KEY, 1, 1, 1), delta(KEY, 3, 1, 1)]);
    const states = await Promise.all(
      [1, 2, 3].map((seed) => registry.agents.getRevision({ key: KEY, fingerprint: fingerprint(seed) })),
    );
    assert.deepEqual(
      states.map((revision) => revision?.state),
      ["active", "retiring", "deleted"],
    );
    assert.equal(states[0]?.markedAt, undefined);
  }),
  registryCase("a touched session gets a record, and a known one only a later use", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const touch = { key: KEY, sessionId: "s'1", fingerprint: fingerprint(1), lastUsedAt: 1000 };
    const flush = (sequence: number, sessions: readonly (typeof touch)[]): Promise<void> =>
      registry.usage.add({ processId: ALICE.id, sequence, deltas: [], sessions });
    await flush(1, [touch, { ...touch, lastUsedAt: 1500 }]);
    await flush(2, [{ ...touch, fingerprint: fingerprint(2), lastUsedAt: 1200 }]);
    const session = await registry.sessions.get({ key: KEY, sessionId: "s'1" });
    assert.ok(session !== undefined);
    assert.deepEqual([session.fingerprint, session.lastUsedAt, session.revisionCount], [fingerprint(1), 1500, 1]);
    assert.deepEqual(
      [session.conversationId, session.userId, session.title, { ...session.data }],
      [undefined, undefined, undefined, {}],
    );
  }),
  registryCase("use is listed by agent name and fingerprint in pages, of a scope or an agent", async ({ registry }) => {
    const deltas: UsageDelta[] = [];
    for (const name of ["b", "a", "B"]) {
      for (const seed of [2, 1]) {
        await commit(registry, keyOf(name), seed);
        deltas.push(delta(keyOf(name), seed, 1, 1));
      }
    }
    await commit(registry, keyOf("a", "other"), 1);
    await add(registry, 1, [...deltas, delta(keyOf("a", "other"), 1, 1, 1)]);
    const read = async (name?: string): Promise<string[]> => {
      const filter = { location: LOCATION, scope: SCOPE, name };
      const parts = await pages(2, (page) => registry.usage.list({ ...filter, ...page }));
      return parts.flat().map((record) => `${record.key.name}${record.fingerprint.at(-1) ?? ""}`);
    };
    assert.deepEqual(await read(), ["B1", "B2", "a1", "a2", "b1", "b2"]);
    assert.deepEqual(await read("a"), ["a1", "a2"]);
  }),
  registryCase("a batch of a thousand deltas counts every one", async ({ registry }) => {
    for (const seed of [1, 2, 3, 4]) await commit(registry, KEY, seed);
    const deltas = Array.from({ length: 1000 }, (_, index) => delta(KEY, 1 + (index % 4), 1, index));
    const sessions = deltas.map((_, index) => ({
      key: KEY,
      sessionId: `s${index}`,
      fingerprint: fingerprint(1),
      lastUsedAt: index,
    }));
    await registry.usage.add({ processId: ALICE.id, sequence: 1, deltas, sessions });
    assert.deepEqual(
      (await usage(registry)).map(({ uses }) => uses),
      [250, 250, 250, 250],
    );
    assert.equal((await registry.sessions.count({ location: LOCATION, scope: SCOPE })).get(KEY.name), 1000);
  }),
];
