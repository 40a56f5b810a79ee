import assert from "node:assert/strict";
import test from "node:test";
import { openAgentWorld } from "./agent-world.ts";

test("What the service reports as failed, filtered or cut off is a typed failure each", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  const failed = await agent.run("emulate failed");
  assert.deepEqual([failed.error?.code, failed.error?.details?.["serviceCode"]], ["run_failed", "server_error"]);
  const filtered = await agent.run("emulate content_filter");
  assert.equal(filtered.error?.code, "content_filtered");
  assert.deepEqual(filtered.error?.details?.["contentFindings"], [
    { source: "completion", category: "violence", filtered: true, severity: "high" },
  ]);
  const cut = await agent.run("Say much", { maxOutputTokens: 4 });
  assert.deepEqual([cut.error?.code, cut.error?.details?.["reason"]], ["run_incomplete", "max_output_tokens"]);
  assert.match(cut.partialResponse ?? "", /^\[/);
  assert.ok(cut.metrics.tokens.outputTokens > 0);
});

test("A refusal is an answer in words: it succeeds and is marked", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent().run("emulate refusal");
  assert.ok(result.success);
  assert.notEqual(result.refusal, undefined);
  assert.equal(result.response, result.refusal);
});

test("A run whose answer may have been made is not repeated", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  await agent.run("One");
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "drop-after" }]);
  const result = await agent.run("Two");
  assert.equal(result.success, false);
  assert.equal(world.requests("POST", /\/responses$/).length, 2);
  assert.match((await agent.run("Three")).response ?? "", /turn 3/);
});

test("A run that the service did not begin is repeated when it says when", async () => {
  await using world = await openAgentWorld();
  const fault = {
    method: "POST",
    path: "/responses$",
    effect: "status",
    status: 429,
    headers: { "retry-after-ms": "5" },
  } as const;
  world.emulator.faults([fault]);
  const result = await world.agent().run("One");
  assert.equal(result.success, true);
  assert.equal(world.requests("POST", /\/responses$/).length, 2);
});

test("The service's error reaches the response with status and request id", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent();
  world.emulator.faults([
    { method: "POST", path: "/responses$", effect: "status", status: 403, body: "<html>403 Forbidden</html>" },
  ]);
  const result = await agent.run("One");
  assert.deepEqual([result.error?.code, result.error?.status], ["forbidden", 403]);
  assert.ok((await agent.run("Two")).success);
});

test("A conversation that cannot be made fails the run and leaves nothing behind", async () => {
  await using world = await openAgentWorld();
  world.emulator.faults([{ method: "POST", path: "/conversations$", effect: "status", status: 400 }]);
  const agent = world.agent({ sessionId: "s1" });
  const result = await agent.run("One");
  assert.equal(result.success, false);
  assert.equal(
    await world.manager.registry.sessions.get({ key: world.manager.keyOf("analyst"), sessionId: "s1" }),
    undefined,
  );
  assert.ok((await agent.run("Two")).success);
});

test("An agent that cannot be made fails the run with its own error", async () => {
  await using world = await openAgentWorld();
  world.emulator.faults([
    {
      method: "POST",
      path: "/versions$",
      effect: "status",
      status: 400,
      body: { error: { code: "x", message: "No." } },
    },
  ]);
  const result = await world.agent().run("One");
  assert.equal(result.error?.code, "service_refused");
  assert.equal(result.metrics.modelCalls, 0);
});

test("An agent that vanishes again after it was repaired fails the run", async () => {
  await using world = await openAgentWorld();
  const gone = { error: { code: "not_found", message: "Agent analyst doesn't exist" } };
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "status", status: 404, body: gone, times: 9 }]);
  const result = await world.agent().run("One");
  assert.equal(result.error?.code, "agent_not_found");
  assert.equal(world.requests("POST", /\/responses$/).length, 2);
});

test("A schema that only the service refuses fails the run in the service's words, and no agent is made", async () => {
  await using world = await openAgentWorld();
  const message =
    "Invalid schema for response_format 'answer': In context=('properties', 'at'), 'format' is not supported.";
  const body = { error: { code: "invalid_json_schema", message, param: "text.format.schema" } };
  world.emulator.faults([{ method: "POST", path: "/versions$", effect: "status", status: 400, body }]);
  const schema = {
    type: "object",
    properties: { at: { type: "string", format: "iri" } },
    required: ["at"],
    additionalProperties: false,
  };
  const result = await world.agent({ responseFormat: { name: "answer", schema } }).run("When?");
  assert.deepEqual([result.error?.code, result.error?.status], ["service_refused", 400]);
  assert.equal(result.error?.details?.["serviceCode"], "invalid_json_schema");
  assert.match(result.error?.message ?? "", /'format' is not supported/);
  assert.equal(world.emulator.stats().agents, 0);
});
