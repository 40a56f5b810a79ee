import assert from "node:assert/strict";
import test from "node:test";
import type { ProductionAgent } from "../../src/agent/index.ts";
import { createLlmops, judge, type JudgeModel, type Llmops } from "../../src/llmops/index.ts";
import type { BudgetStage, CostStage } from "../../src/llmops/stages.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";
import { tool } from "./tool-fixture.ts";

const LIMIT = 10_000;
const MOST_OUTPUT = 100;

function open(world: AgentWorld): { readonly llmops: Llmops; readonly agent: ProductionAgent } {
  const budgets = { rules: [{ window: "day", tokens: LIMIT }], maxOutputTokens: MOST_OUTPUT } as const;
  const llmops = createLlmops({ budgets, evaluation: false, telemetry: false });
  return { llmops, agent: world.agent({ ...llmops.stages }) };
}

async function used(world: AgentWorld, llmops: Llmops): Promise<number> {
  return (await llmops.budgets?.standings(world.manager))?.[0]?.used ?? Number.NaN;
}

const LOST = [
  { effect: "drop-after" },
  { effect: "status", status: 502 },
  { effect: "status", status: 200, body: "no JSON" },
] as const;

for (const fault of LOST) {
  const name = "status" in fault ? `the answer ${fault.status}` : "a connection that breaks after the question";
  test(`A call that may be on the bill counts in full and is recorded as a failed run: ${name}`, async () => {
    await using world = await openAgentWorld();
    const { llmops, agent } = open(world);
    await agent.run("One");
    const before = await used(world, llmops);
    world.emulator.faults([{ method: "POST", path: "/responses$", ...fault }]);
    const result = await agent.run("Two");
    assert.equal(result.success, false);
    assert.equal(result.metrics.costUsd, null);
    assert.ok((await used(world, llmops)) >= before + MOST_OUTPUT);
    await llmops.flush();
    const { location } = world.manager.service;
    const sum = await world.manager.registry.meters.sum({ filter: { location, scope: "default" }, by: [] });
    assert.deepEqual([sum.items[0]?.runs, sum.items[0]?.failedRuns], [2, 1]);
  });
}

test("A call that the service refused costs nothing: it is given back, and no run is recorded", async () => {
  await using world = await openAgentWorld();
  const { llmops, agent } = open(world);
  await agent.run("One");
  const before = await used(world, llmops);
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "status", status: 403 }]);
  const result = await agent.run("Two");
  assert.deepEqual([result.success, result.metrics.costUsd], [false, undefined]);
  assert.equal(await used(world, llmops), before);
});

test("An answer whose use the service does not tell has a cost that is not known, also beside others that have one", async () => {
  await using world = await openAgentWorld();
  const { llmops } = open(world);
  const content = [{ type: "output_text", text: "Noon.", annotations: [] }];
  const output = [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }];
  const body = { id: "resp_1", object: "response", status: "completed", output };
  const now = tool("now", () => {
    world.emulator.faults([{ method: "POST", path: "/responses$", effect: "status", status: 200, body }]);
    return "noon";
  });
  const agent = world.agent({ ...llmops.stages, tools: [now] });
  const result = await agent.run("call now {}");
  assert.ok(result.success, result.error?.message);
  assert.deepEqual([result.response, result.metrics.modelCalls, result.metrics.costUsd], ["Noon.", 2, null]);
  assert.equal(agent.getCumulativeStats().unpricedRuns, 1);
});

test("A cost stage that throws fails the run, and what the call has used is settled all the same", async () => {
  await using world = await openAgentWorld();
  const ended: string[] = [];
  const budget: BudgetStage = {
    reserve: () => Promise.resolve({ kind: "allow", handle: { id: "1" }, warnings: [] }),
    settle: (_handle, { usage }) => Promise.resolve(void ended.push(usage === undefined ? "unseen" : "used")),
    release: () => Promise.resolve(void ended.push("released")),
  };
  const costs: CostStage = { price: () => Promise.reject(new Error("no price")), record: () => undefined };
  const result = await world.agent({ budget, costs }).run("One");
  assert.equal(result.error?.code, "internal");
  assert.deepEqual(ended, ["used"]);
});

test("Every response is plain data that JSON takes: judged, failed, refused by a budget", async () => {
  await using world = await openAgentWorld();
  const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0, totalTokens: 15 };
  const model: JudgeModel = {
    model: "gpt-4.1",
    countsItself: false,
    ask: () => Promise.resolve({ text: '{"reason":"Good.","score":1}', usage }),
  };
  const evaluators = [{ evaluator: judge({ rubric: "Is good.", model }), weight: 1 }];
  const budgets = { rules: [{ window: "day", tokens: 2_000 }], maxOutputTokens: MOST_OUTPUT } as const;
  const llmops = createLlmops({ budgets, evaluation: { evaluators, mode: "inline" }, telemetry: false });
  const agent = world.agent({ ...llmops.stages });
  const judged = await agent.run("One");
  assert.ok((judged.metrics.evaluation?.judged?.costUsd ?? 0) > 0);
  const others = [await agent.run("emulate content_filter"), await agent.run("word ".repeat(3_000))];
  assert.deepEqual(
    others.map(({ error }) => error?.code),
    ["content_filtered", "budget_exceeded"],
  );
  for (const response of [judged, ...others]) assert.match(JSON.stringify(response), /^\{.*"metrics":\{/);
});
