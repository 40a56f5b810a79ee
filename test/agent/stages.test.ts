import assert from "node:assert/strict";
import test from "node:test";
import { defaultLlmops, type ProgressEvent } from "../../src/agent/index.ts";
import {
  BudgetGuard,
  type BudgetRule,
  CostMeter,
  createLlmops,
  type EvaluationStage,
  type TelemetryStage,
} from "../../src/llmops/index.ts";
import { picoToNumber } from "../../src/registry/contract/index.ts";
import { openAgentWorld } from "./agent-world.ts";
import { tool } from "./tool-fixture.ts";

function budget(...rules: readonly BudgetRule[]): BudgetGuard {
  return new BudgetGuard({ rules, maxOutputTokens: 100 }, new CostMeter({}));
}

test("By default a run is priced and judged by the measures, and the limits of the environment hold", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent().run("What is 2 + 2?", { expectedTopics: ["sum"] });
  assert.ok(result.success);
  assert.ok((result.metrics.costUsd ?? 0) > 0);
  assert.equal(result.metrics.evaluation?.measures.length, 5);
  assert.equal(result.metrics.qualityLabel, result.metrics.evaluation?.label);
  const refused = await world.agent().run("word ".repeat(5_000));
  assert.equal(refused.budgetExceeded, true);
  assert.equal(refused.budget?.limit, 4_000);
});

test("A run that a budget stops asks nothing, leaves no conversation and says limit, used and reset", async () => {
  await using world = await openAgentWorld();
  const progress: ProgressEvent[] = [];
  const agent = world.agent({
    budget: budget({ window: "day", tokens: 250 }),
    onProgress: (event) => progress.push(event),
  });
  const first = await agent.run("One");
  assert.ok(first.success);
  const result = await agent.run("word ".repeat(200));
  assert.equal(result.success, false);
  assert.equal(result.budgetExceeded, true);
  assert.equal(result.error?.code, "budget_exceeded");
  assert.equal(result.budget?.limit, 250);
  assert.equal(result.budget?.used, first.metrics.tokens.totalTokens);
  assert.match(result.budget?.resetAt ?? "", /T00:00:00\.000Z$/);
  assert.equal(world.requests("POST", /\/responses$/).length, 1);
  assert.equal(progress.at(-1)?.status, "error");
  assert.equal(agent.getCumulativeStats().budgetExceeded, 1);
});

test("What a failed run did not use is given back, what it used is kept", async () => {
  await using world = await openAgentWorld();
  const guard = budget({ window: "day", tokens: 300 });
  const agent = world.agent({ budget: guard });
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "status", status: 400, times: 3 }]);
  for (const query of ["One", "Two", "Three"]) assert.equal((await agent.run(query)).error?.code, "service_refused");
  assert.ok((await agent.run("Four")).success);
});

test("A breach can degrade to a cheaper model, and the session stays with its agent", async () => {
  await using world = await openAgentWorld();
  const rule: BudgetRule = { window: "day", tokens: 100, onBreach: { degradeTo: "gpt-4.1-mini" } };
  const agent = world.agent({ sessionId: "s1", budget: budget(rule) });
  const result = await agent.run("One");
  assert.ok(result.success);
  assert.match(result.response, /on gpt-4\.1-mini/);
  assert.equal(result.budgetExceeded, false);
  assert.equal(result.notices[0]?.code, "budget_degraded");
});

test("A warning lets the run go on and says so", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent({ budget: budget({ window: "day", tokens: 10, onBreach: "warn" }) }).run("One");
  assert.ok(result.success);
  assert.equal(result.notices[0]?.code, "budget_warning");
  assert.equal(result.budget?.limit, 10);
});

test("Agents of their own count in the budget of their name: a new object is no way around it", async () => {
  await using world = await openAgentWorld();
  const own = { reuseAgent: false, budget: budget({ scope: "agent", of: "analyst", window: "day", tokens: 250 }) };
  const ends: boolean[] = [];
  for (let object = 0; object < 5; object += 1) {
    await using agent = world.agent(own);
    ends.push((await agent.run("One")).budgetExceeded);
  }
  assert.deepEqual([ends[0], ends.at(-1)], [false, true]);
});

test("Each round of tools is reserved on its own, and a budget can end the run between two", async () => {
  await using world = await openAgentWorld();
  const long = tool("long", () => "word ".repeat(400));
  const agent = world.agent({ tools: [long], budget: budget({ window: "day", tokens: 400 }) });
  const result = await agent.run("call long {}");
  assert.equal(result.budgetExceeded, true);
  assert.equal(result.metrics.modelCalls, 1);
  assert.ok(result.metrics.tokens.totalTokens > 0);
});

test("An evaluator that throws, or never ends, fails no run", async () => {
  await using world = await openAgentWorld();
  const throwing: EvaluationStage = { mode: "inline", evaluate: () => Promise.reject(new Error("broken")) };
  const thrown = await world.agent({ evaluation: throwing }).run("One");
  assert.ok(thrown.success);
  assert.equal(thrown.metrics.evaluation, undefined);
  assert.equal(thrown.notices[0]?.code, "evaluation_failed");
  const hanging: EvaluationStage = { mode: "inline", evaluate: () => new Promise(() => undefined) };
  const hung = await world.agent({ evaluation: hanging }).run("One", { timeoutMs: 400 });
  assert.ok(hung.success);
  assert.equal(hung.notices[0]?.code, "evaluation_failed");
});

test("An evaluation after the response reaches the statistics; cleanup waits for it", async () => {
  await using world = await openAgentWorld();
  const { promise, resolve } = Promise.withResolvers<void>();
  const evaluation: EvaluationStage = {
    mode: "after",
    evaluate: async () => {
      await promise;
      return { score: 0.5, label: "Fair", measures: [] };
    },
  };
  const agent = world.agent({ evaluation });
  const result = await agent.run("One");
  assert.equal(result.metrics.evaluation, undefined);
  assert.equal(agent.getCumulativeStats().evaluations, 0);
  resolve();
  await agent.cleanup();
  assert.equal(agent.getCumulativeStats().averageScore, 0.5);
});

test("Telemetry goes around run, model calls and tools, and its headers reach the service", async () => {
  await using world = await openAgentWorld();
  const spans: string[] = [];
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const telemetry: TelemetryStage = {
    around: async (start, body) => {
      spans.push(`> ${start.kind}`);
      const result = await body({ set: () => undefined, note: () => undefined, headers: () => ({ traceparent }) });
      spans.push(`< ${start.kind}`);
      return result;
    },
  };
  await world.agent({ telemetry, tools: [tool("now", () => "noon")] }).run("call now {}");
  assert.deepEqual(spans, [
    "> invoke_agent",
    "> chat",
    "< chat",
    "> execute_tool",
    "< execute_tool",
    "> chat",
    "< chat",
    "< invoke_agent",
  ]);
  const sent = world.requests("POST", /\/responses$/).map((request) => request.traceparent);
  assert.deepEqual(sent, [traceparent, traceparent]);
});

test("What a run cost is counted with its agent", async () => {
  await using world = await openAgentWorld();
  const llmops = createLlmops();
  const agent = world.agent({ ...llmops.stages, userId: "ann" });
  const { metrics, requestId } = await agent.run("One");
  await llmops.flush();
  const { registry, service, scope } = world.manager;
  const { items } = await registry.runs.list({ location: service.location, scope, requestId });
  assert.deepEqual(
    items.map((run) => [run.key.name, run.userId, picoToNumber(run.costPico ?? 0n)]),
    [["analyst", "ann", metrics.costUsd]],
  );
  const { agents } = await world.manager.getAgentStats();
  assert.ok(Math.abs((agents["analyst"]?.costUsd ?? 0) - (metrics.costUsd ?? 0)) < 1e-9);
});

test("What `createLlmops` leaves out is left out of the run, and not put back by default", async () => {
  await using world = await openAgentWorld();
  const { stages } = createLlmops({ budgets: false, costs: false, evaluation: false, telemetry: false });
  const result = await world.agent({ ...stages }).run("word ".repeat(5_000));
  assert.ok(result.success, "the request limit of the environment would have stopped it");
  assert.equal(result.metrics.costUsd, undefined);
  assert.equal(result.metrics.evaluation, undefined);
});

test("Budgets tell how full they are", async () => {
  await using world = await openAgentWorld();
  const rules: readonly BudgetRule[] = [
    { window: "day", tokens: 5_000 },
    { window: "request", tokens: 4_000 },
    { scope: "user", window: "total", tokens: 9_000 },
  ];
  const { budgets, stages } = createLlmops({ budgets: { rules } });
  const { metrics } = await world.agent({ ...stages, userId: "ann" }).run("One");
  const standings = await budgets?.standings(world.manager, { userId: "ann" });
  const used = metrics.tokens.totalTokens;
  assert.deepEqual(
    standings?.map(({ scope, limit, used: full }) => [scope, limit, full]),
    [
      ["all", 5_000, used],
      ["user", 9_000, used],
    ],
  );
  const others = await budgets?.standings(world.manager, { userId: "bob" });
  assert.equal(others?.[1]?.used, 0);
});

test("A run without a price says so once, and is counted as unpriced wherever costs are summed", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ model: "my-deployment" });
  const [first, second] = [await agent.run("One"), await agent.run("Two")];
  assert.ok(first.success && second.success);
  assert.deepEqual([first.metrics.costUsd, second.metrics.costUsd], [null, null]);
  assert.deepEqual(
    first.notices.map(({ code }) => code),
    ["price_unknown"],
  );
  assert.match(first.notices[0]?.message ?? "", /my-deployment/);
  assert.deepEqual(second.notices, []);
  const { costUsd, unpricedRuns } = agent.getCumulativeStats();
  assert.deepEqual([costUsd, unpricedRuns], [null, 2]);
  const llmops = defaultLlmops(world.manager);
  assert.deepEqual(
    llmops.costs.unknownPrices.map(({ deployment }) => deployment),
    ["my-deployment"],
  );
  assert.equal((await llmops.budgets?.standings(world.manager))?.[0]?.limit, 1_000_000);
  const before = (await world.manager.getAgentStats()).agents["analyst"];
  assert.deepEqual([before?.runs, before?.unpricedRuns, before?.costUsd], [2, 2, null]);

  assert.ok((await world.agent().run("Three")).success);
  const after = (await world.manager.getAgentStats()).agents["analyst"];
  assert.deepEqual([after?.runs, after?.unpricedRuns], [3, 2]);
  assert.ok((after?.costUsd ?? 0) > 0, "what is known is summed");
});
