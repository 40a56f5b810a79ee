import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import * as z from "zod";
import { collect, ofType, openAgentWorld } from "./agent-world.ts";
import { tool, typedTool } from "./tool-fixture.ts";

test("A tool that the model calls is run here, and its result goes into the answer", async () => {
  await using world = await openAgentWorld();
  const calls: unknown[] = [];
  const weather = tool("weather", (input) => {
    calls.push(input);
    return { celsius: 21 };
  });
  const result = await world.agent({ tools: [weather] }).run('call weather {"city":"Rome"}');
  assert.deepEqual(calls, [{ city: "Rome" }]);
  assert.match(result.response ?? "", /\{"celsius":21\}/);
  assert.equal(result.metrics.modelCalls, 2);
});

test("Tokens are summed over the rounds", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent({ tools: [tool("now", () => "noon")] }).run("call now {}");
  const [first, second] = world.emulator.requests().filter(({ path }) => path.endsWith("/responses"));
  assert.ok(first !== undefined && second !== undefined);
  const alone = await world.agent({ tools: [tool("now", () => "noon")] }).run("Hello");
  assert.ok(result.metrics.tokens.inputTokens > 1.5 * alone.metrics.tokens.inputTokens);
});

test("Parallel calls run in parallel, and each result reaches its call", async () => {
  await using world = await openAgentWorld();
  let waiting = 0;
  const { promise: both, resolve } = Promise.withResolvers<void>();
  const meet = async (): Promise<void> => {
    waiting += 1;
    if (waiting === 2) resolve();
    await both;
  };
  const left = tool("left", async () => (await meet(), "L-result"));
  const right = tool("right", async () => (await meet(), "R-result"));
  const events = await collect(world.agent({ tools: [left, right] }).stream("call left {}\ncall right {}"));
  const results = ofType(events, "tool_result");
  assert.deepEqual(
    new Set(results.map(({ name, output }) => `${name}=${output}`)),
    new Set(["left=L-result", "right=R-result"]),
  );
  assert.equal(new Set(ofType(events, "tool_call").map(({ callId }) => callId)).size, 2);
});

test("Arguments are checked by the tool's schema, and what is wrong goes to the model", async () => {
  await using world = await openAgentWorld();
  let called = 0;
  const schema = z.object({ city: z.string() });
  const weather = typedTool("weather", schema, () => (called += 1));
  const events = await collect(world.agent({ tools: [weather] }).stream('call weather {"city":7}'));
  const [result] = ofType(events, "tool_result");
  assert.equal(called, 0);
  assert.equal(result?.failed, true);
  assert.match(result?.output ?? "", /tool_failed.*city/);
  const last = events.at(-1);
  assert.ok(last?.type === "result" && last.response.success);
});

test("A handler sees what its schema made of the arguments", async () => {
  await using world = await openAgentWorld();
  const schema = z.object({ day: z.string().transform((day) => day.length) });
  const seen: unknown[] = [];
  const count = typedTool("count", schema, (input) => void seen.push(input));
  await world.agent({ tools: [count] }).run('call count {"day":"friday"}');
  assert.deepEqual(seen, [{ day: 6 }]);
});

test("What a handler throws is told to the model without secrets, and the run goes on", async () => {
  await using world = await openAgentWorld();
  const broken = tool("broken", () => {
    throw new Error("No access with Bearer abcdefghijkl");
  });
  const result = await world.agent({ tools: [broken] }).run("call broken {}");
  assert.ok(result.success);
  assert.match(result.response, /tool_failed/);
  assert.match(result.response, /Bearer \*\*\*/);
});

test("A handler that never ends is left behind after its time, and its signal fires", async () => {
  await using world = await openAgentWorld();
  let signal: AbortSignal | undefined;
  const stuck = tool("stuck", (_input, context) => {
    signal = context.signal;
    return new Promise(() => undefined);
  });
  const result = await world.agent({ tools: [stuck], toolTimeoutMs: 20 }).run("call stuck {}");
  assert.ok(result.success);
  assert.match(result.response, /tool_timeout/);
  assert.equal(signal?.aborted, true);
});

test("Results that JSON cannot say are reported to the model; nothing becomes null", async () => {
  await using world = await openAgentWorld();
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const tools = [
    tool("nothing", () => undefined),
    tool("cycle", () => cycle),
    tool("big", () => 1n),
    tool("fn", () => () => 1),
  ];
  const events = await collect(
    world.agent({ tools }).stream("call nothing {}\ncall cycle {}\ncall big {}\ncall fn {}"),
  );
  const results = new Map(ofType(events, "tool_result").map((event) => [event.name, event]));
  assert.equal(results.get("nothing")?.output, "null");
  assert.equal(results.get("nothing")?.failed, false);
  for (const name of ["cycle", "big", "fn"]) {
    assert.equal(results.get(name)?.failed, true);
    assert.match(results.get(name)?.output ?? "", /tool_failed/);
  }
});

test("A function of the agent without a handler here is reported to the model", async () => {
  await using world = await openAgentWorld();
  const remote = { type: "function", name: "elsewhere", parameters: { type: "object", properties: {} } };
  const result = await world.agent({ tools: [remote] }).run("call elsewhere {}");
  assert.ok(result.success);
  assert.match(result.response, /There is no tool named/);
});

test("A model that keeps calling is stopped after the allowed rounds, and the session stays usable", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ tools: [tool("now", () => "noon")], maxToolRounds: 0 });
  const result = await agent.run("call now {}");
  assert.equal(result.error?.code, "tool_loop");
  const next = await agent.run("And now?");
  assert.ok(next.success);
  assert.deepEqual(
    next.notices.map(({ code }) => code),
    ["calls_closed"],
  );
});

test("Cancelling a run fires the signals of its tools, and the session stays usable", async () => {
  await using world = await openAgentWorld();
  const caller = new AbortController();
  const aborted = Promise.withResolvers<void>();
  const stuck = tool("stuck", async (_input, { signal }) => {
    queueMicrotask(() => caller.abort());
    await once(signal, "abort");
    aborted.resolve();
    throw signal.reason;
  });
  const agent = world.agent({ tools: [stuck] });
  const result = await agent.run("call stuck {}", { signal: caller.signal });
  assert.equal(result.error?.code, "aborted");
  await aborted.promise;
  assert.ok((await agent.run("And now?")).success);
});

const mcp = { type: "mcp", server_label: "files", server_url: "https://example.com/mcp", require_approval: "always" };

test("Calls of MCP tools are refused when nobody is there to approve them", async () => {
  await using world = await openAgentWorld();
  const events = await collect(world.agent({ tools: [mcp] }).stream('mcp files.read {"path":"a"}'));
  const [approval] = ofType(events, "approval");
  assert.equal(approval?.approved, false);
  assert.deepEqual([approval?.request.serverLabel, approval?.request.name], ["files", "read"]);
  assert.ok(events.at(-1)?.type === "result");
});

test("The callback decides on calls of MCP tools; one that throws or says nothing clear refuses", async () => {
  await using world = await openAgentWorld();
  const decide = async (onApproval: () => unknown): Promise<boolean | undefined> => {
    const agent = world.agent({ tools: [mcp], onApproval: onApproval as () => boolean });
    const events = await collect(agent.stream('mcp files.read {"path":"a"}'));
    const last = events.at(-1);
    assert.ok(last?.type === "result" && last.response.success);
    return ofType(events, "approval")[0]?.approved;
  };
  assert.equal(await decide(() => true), true);
  assert.equal(await decide(() => Promise.resolve({ approve: true })), true);
  assert.equal(await decide(() => ({ approve: false, reason: "No." })), false);
  assert.equal(await decide(() => "yes"), false);
  assert.equal(await decide(() => Promise.reject(new Error("gone"))), false);
});
