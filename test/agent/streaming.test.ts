import assert from "node:assert/strict";
import test from "node:test";
import { collect, ofType, openAgentWorld } from "./agent-world.ts";

test("A stream gives text as it comes and ends with the result", async () => {
  await using world = await openAgentWorld();
  const events = await collect(world.agent().stream("Hello"));
  const last = events.at(-1);
  assert.ok(last?.type === "result" && last.response.success);
  const text = ofType(events, "text").map(({ delta }) => delta);
  assert.ok(text.length > 1);
  assert.equal(text.join(""), last.response.response);
  assert.deepEqual(
    ofType(events, "progress").map(({ status }) => status),
    ["initializing", "checking_budget", "running", "evaluating", "completed"],
  );
});

test("A failed run ends its stream with a result too", async () => {
  await using world = await openAgentWorld();
  const last = (await collect(world.agent().stream("emulate failed"))).at(-1);
  assert.ok(last?.type === "result");
  assert.equal(last.response.error?.code, "run_failed");
});

test("Leaving the loop cancels the run, and the session goes on", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  for await (const event of agent.stream("emulate slow 20")) if (event.type === "text") break;
  assert.deepEqual([agent.getCumulativeStats().runs, agent.getCumulativeStats().failures], [1, 1]);
  const next = await agent.run("And now?");
  assert.ok(next.success);
  assert.equal(world.emulator.stats().conversations, 1);
});

test("A stream that nobody reads starts nothing", async () => {
  await using world = await openAgentWorld();
  world.agent().stream("Hello");
  assert.equal(world.emulator.requests().length, 0);
});

test("A run cut off in the middle reports what had come as partial, never as an answer", async () => {
  await using world = await openAgentWorld();
  const caller = new AbortController();
  let result;
  for await (const event of world.agent().stream("emulate slow 20", { signal: caller.signal })) {
    if (event.type === "text") caller.abort();
    if (event.type === "result") result = event.response;
  }
  assert.equal(result?.success, false);
  assert.equal(result?.error?.code, "aborted");
  assert.match(result?.partialResponse ?? "", /^\[tenure/);
});
