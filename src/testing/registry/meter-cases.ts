import assert from "node:assert/strict";
import type { AgentRegistry, MeterDelta, MeterDimension, MeterFilter } from "../../registry/contract/index.ts";
import { fingerprint, keyOf, LOCATION, pages, SCOPE } from "./fixtures.ts";
import { type RegistryCase, registryCase } from "./registry-under-test.ts";

const PLACE = { location: LOCATION, scope: SCOPE };

function meter(parts: Partial<MeterDelta> = {}): MeterDelta {
  return {
    key: keyOf("analyst"),
    fingerprint: fingerprint(1),
    sessionId: "s1",
    userId: "u1",
    model: "gpt-4.1",
    day: "2026-11-23",
    runs: 1,
    failedRuns: 2,
    unpricedRuns: 3,
    inputTokens: 4,
    cachedInputTokens: 5,
    outputTokens: 6,
    reasoningTokens: 7,
    costPico: 8n,
    ...parts,
  };
}

function add(registry: AgentRegistry, sequence: number, deltas: readonly MeterDelta[], writerId = "w1"): Promise<void> {
  return registry.meters.add({ writerId, sequence, deltas });
}

/** Groups and their runs, as `a/b=1`. */
async function runs(
  registry: AgentRegistry,
  by: readonly MeterDimension[],
  filter: Partial<MeterFilter> = {},
): Promise<readonly string[]> {
  const { items } = await registry.meters.sum({ filter: { ...PLACE, ...filter }, by });
  return items.map((row) => `${row.group.join("/")}=${row.runs}`);
}

/** Meters. */
export const meterCases: readonly RegistryCase[] = [
  registryCase("meters add up exactly, within a batch and whatever connection they come by", async (subject) => {
    const other = await subject.connect();
    await add(subject.registry, 1, [
      meter({ costPico: 9_007_199_254_740_993n }),
      meter({ costPico: 2n, inputTokens: 6_000_000_000 }),
    ]);
    await add(other, 1, [meter({ costPico: 5n })], "w2");
    const { items } = await subject.registry.meters.sum({ filter: PLACE, by: [] });
    assert.deepEqual(
      items.map((row) => ({ ...row, group: [...row.group] })),
      [
        {
          group: [],
          runs: 3,
          failedRuns: 6,
          unpricedRuns: 9,
          inputTokens: 6_000_000_008,
          cachedInputTokens: 15,
          outputTokens: 18,
          reasoningTokens: 21,
          costPico: 9_007_199_254_741_000n,
        },
      ],
    );
  }),
  registryCase("a batch of meters is applied once, however often and late it comes", async (subject) => {
    const { registry } = subject;
    const other = await subject.connect();
    await Promise.all([add(registry, 1, [meter()]), add(other, 1, [meter()]), add(registry, 1, [meter()])]);
    await add(registry, 2, [meter()]);
    await add(other, 1, [meter()]);
    await add(other, 1, [meter()], "w2");
    assert.deepEqual(await runs(registry, []), ["=3"]);
    // The writers of usage and of scores count by themselves.
    await registry.usage.add({ processId: "w1", sequence: 9, deltas: [], sessions: [] });
    await registry.scores.add({ writerId: "w1", sequence: 9, deltas: [] });
    await add(registry, 3, [meter()]);
    assert.deepEqual(await runs(registry, []), ["=4"]);
  }),
  registryCase(
    "meters are summed by any dimensions, in the order of their values, and need no agent",
    async ({ registry }) => {
      await add(registry, 1, [
        meter(),
        meter({ sessionId: "s2", userId: "" }),
        meter({ key: keyOf("Writer"), model: "gpt-5", fingerprint: fingerprint(2) }),
        meter({ day: "2026-11-24" }),
        meter({ key: keyOf("analyst", "other") }),
      ]);
      assert.deepEqual(await runs(registry, ["agent"]), ["Writer=1", "analyst=3"]);
      assert.deepEqual(await runs(registry, ["user", "session"]), ["/s2=1", "u1/s1=3"]);
      assert.deepEqual(await runs(registry, ["model"]), ["gpt-4.1=3", "gpt-5=1"]);
      assert.deepEqual(await runs(registry, ["revision"], { name: "Writer" }), [`${fingerprint(2)}=1`]);
      assert.deepEqual(await runs(registry, ["day"]), ["2026-11-23=3", "2026-11-24=1"]);
      assert.deepEqual(await runs(registry, []), ["=4"]);
    },
  ),
  registryCase("filters restrict what is summed, days included, and nothing gives no row", async ({ registry }) => {
    const days = ["2026-11-22", "2026-11-23", "2026-11-24"];
    await add(
      registry,
      1,
      days.map((day, index) => meter({ day, userId: `u${index}`, sessionId: `s${index}`, model: `m${index}` })),
    );
    assert.deepEqual(await runs(registry, ["day"], { fromDay: "2026-11-23" }), ["2026-11-23=1", "2026-11-24=1"]);
    assert.deepEqual(await runs(registry, ["day"], { fromDay: "2026-11-22", toDay: "2026-11-23" }), [
      "2026-11-22=1",
      "2026-11-23=1",
    ]);
    for (const filter of [{ userId: "u1" }, { sessionId: "s1" }, { model: "m1" }] as const) {
      assert.deepEqual(await runs(registry, ["day"], filter), ["2026-11-23=1"]);
    }
    assert.deepEqual(await runs(registry, [], { userId: "nobody" }), []);
    assert.deepEqual(await runs(registry, [], { fingerprint: fingerprint(9) }), []);
  }),
  registryCase("sums come in pages", async ({ registry }) => {
    await add(
      registry,
      1,
      Array.from({ length: 7 }, (_, index) => meter({ sessionId: `s${index}`, userId: `u${index % 2}` })),
    );
    const parts = await pages(3, (page) => registry.meters.sum({ filter: PLACE, by: ["user", "session"], ...page }));
    assert.deepEqual(
      parts.map((part) => part.map(({ group }) => group.join("/"))),
      [["u0/s0", "u0/s2", "u0/s4"], ["u0/s6", "u1/s1", "u1/s3"], ["u1/s5"]],
    );
  }),
  registryCase("runs before a day are forgotten, in one scope", async ({ registry }) => {
    await add(registry, 1, [
      meter({ day: "2026-10-31" }),
      meter({ day: "2026-11-01" }),
      meter({ day: "2026-10-31", key: keyOf("a", "other") }),
    ]);
    assert.equal(await registry.meters.delete({ ...PLACE, beforeDay: "2026-11-01" }), 1);
    assert.deepEqual(await runs(registry, ["day"]), ["2026-11-01=1"]);
    assert.deepEqual(await runs(registry, ["day"], { scope: "other" }), ["2026-10-31=1"]);
  }),
];
