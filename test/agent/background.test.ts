import assert from "node:assert/strict";
import test from "node:test";
import { collect, ofType, openAgentWorld } from "./agent-world.ts";

test("A background run is asked for until it is there, with progress", async () => {
  await using world = await openAgentWorld();
  const events = await collect(world.agent().stream("Hello", { background: true }));
  const last = events.at(-1);
  assert.ok(last?.type === "result" && last.response.success);
  assert.ok(
    ofType(events, "progress").filter(({ message }) => message.includes("queued") || message.includes("in_progress"))
      .length > 0,
  );
  assert.equal(
    ofType(events, "text")
      .map(({ delta }) => delta)
      .join(""),
    last.response.response,
  );
  assert.ok(world.requests("GET", /\/responses\/[^/]+$/).length > 0);
});

test("Cancelling a background run cancels it in the service", async () => {
  await using world = await openAgentWorld();
  const caller = new AbortController();
  const agent = world.agent();
  await agent.run("Hello");
  const events = [];
  for await (const event of agent.stream("emulate slow 200", { background: true, signal: caller.signal })) {
    events.push(event);
    if (event.type === "progress" && event.message.includes("queued")) caller.abort();
  }
  const last = events.at(-1);
  assert.ok(last?.type === "result");
  assert.equal(last.response.error?.code, "aborted");
  assert.deepEqual(
    world.requests("POST", /\/cancel$/).map(({ status }) => status),
    [200],
  );
  assert.ok((await agent.run("And now?")).success);
});
