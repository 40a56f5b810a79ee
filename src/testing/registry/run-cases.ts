import assert from "node:assert/strict";
import type { AgentRegistry, RunEntry, RunFilter } from "../../registry/contract/index.ts";
import { fingerprint, keyOf, LOCATION, pages, SCOPE } from "./fixtures.ts";
import { type RegistryCase, registryCase } from "./registry-under-test.ts";

const PLACE = { location: LOCATION, scope: SCOPE };

function run(requestId: string, parts: Partial<RunEntry> = {}): RunEntry {
  return {
    key: keyOf("analyst"),
    requestId,
    fingerprint: fingerprint(1),
    sessionId: "s1",
    userId: "u1",
    model: "gpt-4.1",
    outcome: "succeeded",
    startedAt: 1000,
    inputTokens: 6_000_000_000,
    cachedInputTokens: 2,
    outputTokens: 3,
    reasoningTokens: 4,
    costPico: 9_007_199_254_740_993n,
    ...parts,
  };
}

async function ids(registry: AgentRegistry, filter: Partial<RunFilter> = {}): Promise<readonly string[]> {
  return (await registry.runs.list({ ...PLACE, ...filter })).items.map(({ requestId }) => requestId);
}

/** Single runs. */
export const runCases: readonly RegistryCase[] = [
  registryCase("a run comes back as it was given, once, and needs no agent", async (subject) => {
    const other = await subject.connect();
    const given = [run("r1"), run("r2", { userId: "", outcome: "failed", costPico: null, startedAt: 2000 })];
    await subject.registry.runs.add({ runs: given });
    await other.runs.add({ runs: [run("r1", { model: "changed" })] });
    await other.runs.add({ runs: [] });
    const { items, cursor } = await other.runs.list(PLACE);
    assert.deepEqual(
      items.map((item) => ({ ...item, key: { ...item.key } })),
      given.toReversed(),
    );
    assert.equal(cursor, undefined);
  }),
  registryCase("runs are found by request, agent, session, user and time", async ({ registry }) => {
    await registry.runs.add({
      runs: [
        run("r1"),
        run("r2", { startedAt: 2000, sessionId: "s2" }),
        run("r3", { startedAt: 3000, userId: "u2" }),
        run("r4", { startedAt: 4000, key: keyOf("writer") }),
        run("r1", { key: keyOf("analyst", "other"), startedAt: 5000 }),
      ],
    });
    assert.deepEqual(await ids(registry), ["r4", "r3", "r2", "r1"]);
    assert.deepEqual(await ids(registry, { requestId: "r1" }), ["r1"]);
    assert.deepEqual(await ids(registry, { name: "writer" }), ["r4"]);
    assert.deepEqual(await ids(registry, { name: "analyst", sessionId: "s2" }), ["r2"]);
    assert.deepEqual(await ids(registry, { userId: "u2" }), ["r3"]);
    assert.deepEqual(await ids(registry, { from: 2000, to: 4000 }), ["r3", "r2"]);
    assert.deepEqual(await ids(registry, { scope: "other" }), ["r1"]);
  }),
  registryCase("runs come in pages, the newest first, those of one moment too", async ({ registry }) => {
    const runs = Array.from({ length: 7 }, (_, index) => run(`r${index}`, { startedAt: index < 4 ? 1000 : 2000 }));
    await registry.runs.add({ runs });
    const parts = await pages(3, (page) => registry.runs.list({ ...PLACE, ...page }));
    assert.deepEqual(
      parts.map((part) => part.map(({ requestId }) => requestId)),
      [["r6", "r5", "r4"], ["r3", "r2", "r1"], ["r0"]],
    );
  }),
  registryCase("runs before a moment are forgotten, in one scope", async ({ registry }) => {
    const late = run("r2", { startedAt: 2000 });
    await registry.runs.add({ runs: [run("r1"), late, run("r3", { key: keyOf("analyst", "other") })] });
    assert.equal(await registry.runs.delete({ ...PLACE, before: 2000 }), 1);
    assert.equal(await registry.runs.delete({ ...PLACE, before: 2000 }), 0);
    assert.deepEqual(await ids(registry), ["r2"]);
    assert.deepEqual(await ids(registry, { scope: "other" }), ["r3"]);
  }),
];
