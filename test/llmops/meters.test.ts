import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { CostMeter } from "../../src/llmops/cost/cost-meter.ts";
import type { AgentRegistry, MeterDelta } from "../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { contextOf, hostOf, manualRuntime, usageOf } from "./support/run-context.ts";

const PLACE = { location: "test:here", scope: "default" };

test("a million runs of a tenth of a cent cost exactly a thousand", async () => {
  const registry = new MemoryRegistry();
  const costs = new CostMeter({ keepRuns: false, deployments: { m: { price: { input: "0.7", output: "0.3" } } } });
  const context = contextOf(hostOf({ registry, runtime: manualRuntime() }), { model: "m" });
  const usage = usageOf(1000, 1000);
  const { costPico } = await costs.price({ context, usage, reportedModel: undefined });
  for (let run = 0; run < 1_000_000; run += 1) costs.record({ context, usage, costPico, failed: false });
  await costs.flush();
  const { items } = await registry.meters.sum({ filter: PLACE, by: [] });
  assert.equal(items[0]?.runs, 1_000_000);
  assert.equal(items[0]?.costPico, 1000n * 1_000_000_000_000n);
});

test("runs are told apart by agent, revision, session, user, model and UTC day", async () => {
  const runtime = manualRuntime(Date.UTC(2026, 10, 23, 23, 59, 59, 999));
  const host = hostOf({ runtime });
  const costs = new CostMeter();
  const record = (parts: Parameters<typeof contextOf>[1], failed = false): void =>
    costs.record({ context: contextOf(host, parts), usage: usageOf(10, 5), costPico: failed ? null : 7n, failed });
  record({ sessionId: "s1", userId: "u1" });
  record({ sessionId: "s2", userId: undefined });
  record({ agentName: "writer", model: "gpt-5" }, true);
  runtime.advance(1);
  record({ sessionId: "s1" });
  await costs.flush();
  const sum = async (...by: Parameters<AgentRegistry["meters"]["sum"]>[0]["by"]): Promise<readonly string[]> =>
    (await host.registry.meters.sum({ filter: PLACE, by })).items.map(
      ({ group, runs }) => `${group.join("/")}=${runs}`,
    );
  assert.deepEqual(await sum("agent"), ["analyst=3", "writer=1"]);
  assert.deepEqual(await sum("session"), ["s1=3", "s2=1"]);
  assert.deepEqual(await sum("user"), ["=1", "u1=3"]);
  assert.deepEqual(await sum("model", "day"), ["gpt-4.1/2026-11-23=2", "gpt-4.1/2026-11-24=1", "gpt-5/2026-11-23=1"]);
  const { items } = await host.registry.meters.sum({ filter: { ...PLACE, name: "writer" }, by: [] });
  assert.equal(items[0]?.failedRuns, 1);
  assert.equal(items[0]?.unpricedRuns, 1);
  assert.equal(items[0]?.costPico, 0n);
});

test("what is buffered is written by the timer, and a write whose outcome is unknown is counted once", async () => {
  const runtime = manualRuntime();
  let failures = 2;
  // The write has its effect and its answer is lost: what a torn connection does.
  const registry = decorateRegistry(new MemoryRegistry({ runtime }), async (call, proceed) => {
    const result = await proceed();
    if (call !== "meters.add" || failures === 0) return result;
    failures -= 1;
    throw new TenureError("registry_unavailable", "torn", { retryable: true });
  });
  const costs = new CostMeter({ flushMs: 1000 });
  const context = contextOf(hostOf({ registry, runtime }));
  costs.record({ context, usage: usageOf(1, 1), costPico: 5n, failed: false });
  await assert.rejects(costs.flush(), { code: "registry_unavailable" });
  costs.record({ context, usage: usageOf(1, 1), costPico: 5n, failed: false });
  await assert.rejects(costs.flush(), { code: "registry_unavailable" });
  runtime.advance(1000);
  await costs.flush();
  const { items } = await registry.meters.sum({ filter: PLACE, by: [] });
  assert.deepEqual([items[0]?.runs, items[0]?.costPico], [2, 10n]);
});

test("each run is kept with what it cost, for as long as was asked", async () => {
  const runtime = manualRuntime();
  const host = hostOf({ runtime });
  const costs = new CostMeter({ keepRuns: "1d" });
  const record = (requestId: string, costPico: bigint | null): void =>
    costs.record({
      context: contextOf(host, { requestId }),
      usage: usageOf(10, 5),
      costPico,
      failed: costPico === null,
    });
  const runs = async (): Promise<readonly unknown[]> =>
    (await host.registry.runs.list(PLACE)).items.map((run) => [
      run.requestId,
      run.outcome,
      run.inputTokens,
      run.costPico,
    ]);
  record("r1", 7n);
  record("r2", null);
  await costs.flush();
  assert.deepEqual(await runs(), [
    ["r2", "failed", 10, null],
    ["r1", "succeeded", 10, 7n],
  ]);
  runtime.advance(86_400_001);
  record("r3", 7n);
  await costs.flush();
  assert.deepEqual(await runs(), [["r3", "succeeded", 10, 7n]]);
  assert.equal((await host.registry.meters.sum({ filter: PLACE, by: [] })).items[0]?.runs, 3, "the sums stay");

  const none = new CostMeter({ keepRuns: false });
  none.record({ context: contextOf(host), usage: usageOf(10, 5), costPico: 1n, failed: false });
  await none.flush();
  assert.equal((await runs()).length, 1);
});

test("one object counts for any number of registries, also after one of them was closed", async () => {
  const runtime = manualRuntime();
  const [gone, stays] = [new MemoryRegistry({ runtime }), new MemoryRegistry({ runtime })];
  const costs = new CostMeter();
  const record = (registry: AgentRegistry, sessionId: string): void =>
    costs.record({
      context: contextOf(hostOf({ registry, runtime }), { sessionId }),
      usage: usageOf(1, 1),
      costPico: 5n,
      failed: false,
    });
  record(gone, "s1");
  record(gone, "s2");
  record(stays, "s1");
  await gone.close();
  await costs.flush();
  assert.equal(costs.dropped, 4, "two sessions in the meters, two runs");
  record(stays, "s1");
  await costs.flush(stays);
  assert.equal((await stays.meters.sum({ filter: PLACE, by: [] })).items[0]?.runs, 2);
  assert.equal(costs.dropped, 4, "told once");
});

test("a batch of the past changes nothing", async () => {
  const registry = new MemoryRegistry();
  const delta = (runs: number): MeterDelta => ({
    ...PLACE,
    key: { ...PLACE, name: "a" },
    fingerprint: "v1:0",
    sessionId: "s",
    userId: "",
    model: "m",
    day: "2026-11-23",
    runs,
    failedRuns: 0,
    unpricedRuns: 0,
    inputTokens: 0,
    cachedInputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    costPico: 0n,
  });
  await registry.meters.add({ writerId: "w", sequence: 1, deltas: [delta(1)] });
  await registry.meters.add({ writerId: "w", sequence: 2, deltas: [delta(1)] });
  await registry.meters.add({ writerId: "w", sequence: 1, deltas: [delta(100)] });
  await registry.meters.add({ writerId: "other", sequence: 1, deltas: [delta(1)] });
  assert.equal((await registry.meters.sum({ filter: PLACE, by: [] })).items[0]?.runs, 3);
});
