import assert from "node:assert/strict";
import test from "node:test";
import type { ProgressEvent } from "../../src/agent/index.ts";
import { openAgentWorld } from "./agent-world.ts";

const BARE = { budget: false, costs: false, evaluation: false, telemetry: false } as const;

test("A run gives the answer with what the service counted", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent({ sessionId: "s1", userId: "u1", ...BARE }).run("What is 2 + 2?");
  assert.ok(result.success);
  assert.match(result.response, /^\[tenure emulator\] analyst:1 .*"What is 2 \+ 2\?"/);
  assert.equal(result.parsed, undefined);
  assert.equal(result.error, undefined);
  assert.equal(result.budgetExceeded, false);
  assert.equal(result.agentName, "analyst");
  assert.equal(result.query, "What is 2 + 2?");
  assert.equal(result.agentReused, false);
  assert.match(result.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const { tokens, ...metrics } = result.metrics;
  assert.ok(tokens.inputTokens > 0 && tokens.outputTokens > 0);
  assert.equal(tokens.totalTokens, tokens.inputTokens + tokens.outputTokens);
  assert.deepEqual({ ...metrics, durationMs: 0 }, { durationMs: 0, modelCalls: 1, sessionId: "s1", userId: "u1" });
});

test("Progress goes through every status in order and carries the run's id", async () => {
  await using world = await openAgentWorld();
  const events: ProgressEvent[] = [];
  const agent = world.agent({ onProgress: (event) => events.push(event) });
  const { requestId } = await agent.run("Hello");
  assert.deepEqual(
    events.map(({ status }) => status),
    ["initializing", "checking_budget", "running", "evaluating", "completed"],
  );
  assert.deepEqual(new Set(events.map((event) => event.requestId)), new Set([requestId]));
});

test("A listener that throws does not break the run", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({
    onProgress: () => {
      throw new Error("listener");
    },
  });
  assert.equal((await agent.run("Hello")).success, true);
});

test("Two agents of one configuration share one revision, and the second says so", async () => {
  await using world = await openAgentWorld();
  const first = await world.agent().run("One");
  const second = await world.agent().run("Two");
  assert.deepEqual([first.agentReused, second.agentReused], [false, true]);
  assert.equal(world.emulator.stats().versions, 1);
});

test("A failed run is in the response, with the error in full, and ends with the error status", async () => {
  await using world = await openAgentWorld();
  const statuses: string[] = [];
  const result = await world.agent({ onProgress: ({ status }) => statuses.push(status) }).run("emulate failed");
  assert.equal(result.success, false);
  assert.equal(result.error?.code, "run_failed");
  assert.notEqual(result.error?.hint, "");
  assert.equal(result.response, undefined);
  assert.equal(statuses.at(-1), "error");
});

test("A signal that has fired ends the run before any I/O", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent().run("Hello", { signal: AbortSignal.abort() });
  assert.equal(result.error?.code, "aborted");
  assert.equal(world.emulator.requests().length, 0);
});

test("Runs are counted with the agent, over its revisions and tokens", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  const { metrics } = await agent.run("One");
  await agent.run("emulate failed");
  const { agents } = await world.manager.getAgentStats();
  assert.equal(agents["analyst"]?.runs, 2);
  assert.ok(metrics.tokens.totalTokens > 0);
});

test("The object adds up its own runs", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent(BARE);
  const one = await agent.run("One");
  const two = await agent.run("Two");
  await agent.run("emulate failed");
  const stats = agent.getCumulativeStats();
  assert.deepEqual([stats.runs, stats.successes, stats.failures, stats.agentReuses], [3, 2, 1, 2]);
  assert.equal(stats.successRate, 2 / 3);
  assert.ok(stats.tokens.totalTokens >= one.metrics.tokens.totalTokens + two.metrics.tokens.totalTokens);
  assert.equal(stats.averageScore, null);
});

test("History holds question and answer of the runs that succeeded", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  const { response } = await agent.run("One");
  await agent.run("emulate failed");
  assert.deepEqual(
    agent.history.map(({ role, text }) => ({ role, text })),
    [
      { role: "user", text: "One" },
      { role: "assistant", text: response },
    ],
  );
});

test("A run that takes too long fails with timeout, and its session can be used again", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  await agent.run("Hello");
  const slow = await agent.run("emulate slow 40", { timeoutMs: 120 });
  assert.equal(slow.error?.code, "timeout");
  assert.equal(slow.error?.retryable, true);
  assert.equal((await agent.run("And now?")).success, true);
});
