import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createLlmops,
  agentJudge,
  evaluateDataset,
  exactMatch,
  judge,
  type JudgingAgent,
  pattern,
  type Subject,
} from "../../src/llmops/index.ts";
import type { ProductionAgent } from "../../src/agent/index.ts";
import { type AgentWorld, openAgentWorld } from "../agent/agent-world.ts";

const CITIES = [
  ["France", "Paris"],
  ["Italy", "Rome"],
  ["Spain", "Madrid"],
  ["Portugal", "Lisbon"],
  ["Austria", "Vienna"],
  ["Poland", "Warsaw"],
  ["Norway", "Oslo"],
  ["Sweden", "Stockholm"],
  ["Finland", "Helsinki"],
  ["Denmark", "Copenhagen"],
  ["Greece", "Athens"],
  ["Ireland", "Dublin"],
  ["Hungary", "Budapest"],
  ["Belgium", "Brussels"],
  ["Czechia", "Prague"],
  ["Estonia", "Tallinn"],
  ["Latvia", "Riga"],
  ["Lithuania", "Vilnius"],
  ["Croatia", "Zagreb"],
  ["Malta", "Valletta"],
] as const;

/** 20 questions. The first revision is told only the question, the second one the facts too: the emulator repeats what it is given. */
const ROWS = CITIES.map(([country, capital], index) => ({
  line: index + 1,
  id: country,
  query: `What is the capital of ${country}?`,
  expected: capital,
  expectedTopics: [country],
  context: `The capital of ${country} is ${capital}.`,
}));

/** A revision of one agent, asked by its own instructions. */
async function revision(
  world: AgentWorld,
  name: string,
  instructions: string,
  prompt: (row: (typeof ROWS)[number]) => string,
): Promise<Subject> {
  const managed = await world.manager.getOrCreateAgent({ agentName: "geographer", instructions });
  const agent = world.agent({ agentName: "geographer", instructions });
  return {
    name,
    revision: { key: world.manager.keyOf("geographer"), fingerprint: managed.fingerprint },
    async answer(row, { signal }) {
      const source = ROWS.find(({ line }) => line === row.line) ?? assert.fail();
      const response = await agent.run(prompt(source), { signal });
      if (!response.success) throw new Error(response.error.message);
      await agent.clearHistory();
      return { text: response.response, usage: response.metrics.tokens };
    },
  };
}

/** The agent, with the tokens of each of its answers noted. */
function counting(agent: ProductionAgent, tokens: number[]): JudgingAgent {
  return {
    async run(query, options) {
      const response = await agent.run(query, options);
      tokens.push(response.metrics.tokens.totalTokens);
      return response;
    },
  };
}

test("two revisions are compared on 20 questions with the emulator as judge and judged, and the better one is named", async () => {
  await using world = await openAgentWorld();
  const plain = await revision(world, "plain", "Answer.", ({ query }) => query);
  const informed = await revision(
    world,
    "informed",
    "Answer from the facts.",
    ({ query, context }) => `${context} ${query}`,
  );
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["reason", "score"],
    properties: { reason: { type: "string" }, score: { type: "number", minimum: 0, maximum: 1 } },
  };
  const tokens: number[] = [];
  const jury = world.agent({
    agentName: "jury",
    instructions: "Judge.",
    responseFormat: { name: "judgement", schema },
  });
  const evaluators = [
    {
      evaluator: judge({
        rubric: "Names the capital.",
        model: agentJudge(counting(jury, tokens), { model: "gpt-4.1" }),
      }),
      weight: 1,
    },
    { evaluator: pattern(/\b[A-Z]\w+ is [A-Z]\w+/, { name: "states_a_fact" }), weight: 1 },
    { evaluator: exactMatch(), weight: 0.01 },
  ];
  const { registry } = world.manager;
  const report = await evaluateDataset({
    rows: ROWS,
    subjects: [plain, informed],
    evaluators,
    concurrency: 1,
    record: { registry, source: "capitals" },
  });
  const [left, right] = report.subjects;
  assert.equal(left?.questions, 20);
  assert.deepEqual([left.failures, right?.failures], [0, 0]);
  assert.equal(right?.measures[0]?.count, 20, "the judge gave a score to every answer");
  assert.equal(tokens.length, 40);
  assert.ok(Math.max(...tokens) < 1.2 * Math.min(...tokens), `every answer is judged by itself: ${tokens.join(" ")}`);
  assert.equal(world.emulator.stats().conversations, 0, "nothing of it is left");
  const told = [left, right].map((subject) => subject?.measures[0]?.mean ?? 0);
  assert.ok((told[1] ?? 0) > (told[0] ?? 0), `the judge alone tells them apart: ${told.join(" and ")}`);
  assert.equal(report.best, "informed");
  assert.equal(report.comparisons[0]?.better, "informed");
  const { items } = await registry.scores.list({
    location: world.manager.service.location,
    scope: "default",
    name: "geographer",
    source: "capitals",
  });
  assert.deepEqual(
    items.filter(({ evaluator }) => evaluator === "overall").map(({ count }) => count),
    [20, 20],
  );
});

test("a run with all stages reproduces budget, cost, evaluation and duration of the original's output", async () => {
  await using world = await openAgentWorld();
  const llmops = createLlmops({ env: { DAILY_TOKEN_BUDGET: "3000", MAX_TOKENS_PER_REQUEST: "4000" } });
  const agent = world.agent(llmops.stages);
  const response = await agent.run("What is NVIDIA's P/E ratio?", { expectedTopics: ["P/E ratio"], userId: "u1" });
  assert.ok(response.success, response.error?.message);
  const { metrics } = response;
  assert.ok(metrics.durationMs >= 0 && metrics.tokens.totalTokens > 0);
  // gpt-4.1: 2 dollars for a million input tokens, 8 for output; nothing was cached in a new conversation.
  const { inputTokens, cachedInputTokens, outputTokens } = metrics.tokens;
  assert.equal(cachedInputTokens, 0);
  assert.ok(Math.abs((metrics.costUsd ?? 0) - (inputTokens * 2 + outputTokens * 8) / 1e6) < 1e-15);
  assert.deepEqual(
    metrics.evaluation?.measures.map(({ name }) => name),
    ["topic_coverage", "citations", "numbers", "structure", "neutral_tone"],
  );
  assert.equal(metrics.evaluation.measures[0]?.score, 1);
  assert.equal(metrics.qualityLabel, metrics.evaluation.label);

  let last = response as Awaited<ReturnType<typeof agent.run>>;
  for (let run = 0; run < 40 && last.success; run += 1) last = await agent.run("And another one?");
  assert.equal(last.success, false);
  assert.equal(last.budgetExceeded, true);
  assert.equal(last.error?.code, "budget_exceeded");
  assert.deepEqual([last.budget?.limit, last.budget?.unit, last.budget?.window], [3000, "tokens", "day"]);
  assert.ok((last.budget?.used ?? 0) <= 3000);
  assert.match(last.budget?.resetAt ?? "", /T00:00:00\.000Z$/);

  await llmops.flush();
  const { items } = await world.manager.registry.meters.sum({
    filter: { location: world.manager.service.location, scope: "default" },
    by: ["agent", "user"],
  });
  assert.ok(items.some(({ group, costPico }) => group.join("/") === "analyst/u1" && costPico > 0n));
});
