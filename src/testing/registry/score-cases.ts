import assert from "node:assert/strict";
import type { ScoreDelta } from "../../registry/contract/index.ts";
import { commit, fingerprint, hold, keyOf, LOCATION, newAgent, newIntent, pages, SCOPE } from "./fixtures.ts";
import { type RegistryCase, registryCase } from "./registry-under-test.ts";

const KEY = keyOf("analyst");
const PLACE = { location: LOCATION, scope: SCOPE };

function score(micro: number, parts: Partial<ScoreDelta> = {}): ScoreDelta {
  return {
    key: KEY,
    fingerprint: fingerprint(1),
    evaluator: "overall",
    source: "runs",
    count: 1,
    failed: 0,
    sumMicro: BigInt(micro),
    squareMicro: BigInt(Math.round((micro / 1000) ** 2)),
    minMicro: micro,
    maxMicro: micro,
    ...parts,
  };
}

/** Scores, and counts of everything. */
export const scoreCases: readonly RegistryCase[] = [
  registryCase("scores add up with their smallest and largest, each batch once", async (subject) => {
    const other = await subject.connect();
    const { registry } = subject;
    await registry.scores.add({ writerId: "w1", sequence: 1, deltas: [score(200_000), score(900_000)] });
    await registry.scores.add({ writerId: "w1", sequence: 1, deltas: [score(1)] });
    await other.scores.add({ writerId: "w2", sequence: 1, deltas: [score(500_000, { failed: 2 })] });
    const { items } = await registry.scores.list(PLACE);
    assert.deepEqual(
      items.map((item) => ({ ...item, key: { ...item.key } })),
      [
        {
          key: KEY,
          fingerprint: fingerprint(1),
          evaluator: "overall",
          source: "runs",
          count: 3,
          failed: 2,
          sumMicro: 1_600_000n,
          squareMicro: 1_100_000n,
          minMicro: 200_000,
          maxMicro: 900_000,
        },
      ],
    );
  }),
  registryCase("scores are listed by agent, revision, source and evaluator, in pages", async ({ registry }) => {
    const deltas = ["b", "a"].flatMap((name) =>
      [2, 1].flatMap((seed) =>
        ["runs", "data"].map((source) =>
          score(1, { key: keyOf(name), fingerprint: fingerprint(seed), source, evaluator: "e" }),
        ),
      ),
    );
    await registry.scores.add({
      writerId: "w",
      sequence: 1,
      deltas: [...deltas, score(1, { key: keyOf("a", "other") })],
    });
    const read = async (filter: { name?: string; source?: string }): Promise<readonly string[]> => {
      const parts = await pages(3, (page) => registry.scores.list({ ...PLACE, ...filter, ...page }));
      return parts.flat().map((item) => `${item.key.name}${item.fingerprint.at(-1) ?? ""}${item.source}`);
    };
    assert.deepEqual(await read({}), ["a1data", "a1runs", "a2data", "a2runs", "b1data", "b1runs", "b2data", "b2runs"]);
    assert.deepEqual(await read({ name: "b", source: "runs" }), ["b1runs", "b2runs"]);
    assert.equal((await registry.scores.list({ ...PLACE, fingerprint: fingerprint(2) })).items.length, 4);
  }),
  registryCase("the scores of one source, or all of an agent, are forgotten", async ({ registry }) => {
    const deltas = [score(1), score(1, { source: "data" }), score(1, { key: keyOf("other") })];
    await registry.scores.add({ writerId: "w", sequence: 1, deltas });
    assert.equal(await registry.scores.delete({ key: KEY, source: "data" }), 1);
    assert.equal(await registry.scores.delete({ key: KEY }), 1);
    assert.equal(await registry.scores.delete({ key: KEY }), 0);
    assert.equal((await registry.scores.list(PLACE)).items.length, 1);
  }),
  registryCase("a census counts agents, revisions by state and intents of one scope", async ({ registry }) => {
    const empty = {
      agents: 0,
      ephemeralAgents: 0,
      revisions: { active: 0, retiring: 0, deleted: 0 },
      intents: 0,
      oldestAgentAt: undefined,
    };
    assert.deepEqual(await registry.census.take(PLACE), empty);
    const before = await registry.now();
    for (const seed of [1, 2, 3]) await commit(registry, KEY, seed);
    await commit(registry, keyOf("analyst", "other"));
    const lease = await hold(registry, KEY);
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(2), state: "retiring" });
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(3), state: "deleted" });
    const ephemeral = keyOf("once");
    const own = await hold(registry, ephemeral);
    await registry.intents.create({
      lease: own,
      intent: newIntent(ephemeral, "i1"),
      agent: { ...newAgent(ephemeral), ephemeralOwner: own.holder },
    });
    const census = await registry.census.take(PLACE);
    assert.deepEqual(
      { ...census, revisions: { ...census.revisions }, oldestAgentAt: undefined },
      {
        ...empty,
        agents: 2,
        ephemeralAgents: 1,
        revisions: { active: 1, retiring: 1, deleted: 1 },
        intents: 1,
      },
    );
    assert.ok(census.oldestAgentAt !== undefined && census.oldestAgentAt >= before);
  }),
];
