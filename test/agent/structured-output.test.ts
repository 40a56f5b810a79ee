import assert from "node:assert/strict";
import test from "node:test";
import * as z from "zod";
import { type AgentResponse, ProductionAgent } from "../../src/agent/index.ts";
import { openAgentWorld } from "./agent-world.ts";

test("An answer that fits its schema is given parsed, with the schema's type", async () => {
  await using world = await openAgentWorld();
  const agent = new ProductionAgent({
    agentName: "judge",
    manager: world.manager,
    responseFormat: z.object({ score: z.number().min(0).max(1), reason: z.string() }),
  });
  const result: AgentResponse<{ score: number; reason: string }> = await agent.run("How good is it?");
  assert.ok(result.success);
  assert.equal(typeof result.parsed.score, "number");
  assert.deepEqual(JSON.parse(result.response), result.parsed);
});

test("What the schema makes of the answer is what is given", async () => {
  await using world = await openAgentWorld();
  const responseFormat = { name: "size", schema: z.object({ word: z.string().transform((word) => word.length) }) };
  const agent = new ProductionAgent({ agentName: "sizer", manager: world.manager, responseFormat });
  const result = await agent.run("Say a word");
  assert.ok(result.success);
  assert.equal(typeof result.parsed.word, "number");
});

test("A plain JSON Schema is held by Tenure too", async () => {
  await using world = await openAgentWorld();
  const schema = {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
    additionalProperties: false,
  };
  const agent = new ProductionAgent({ agentName: "counter", manager: world.manager, responseFormat: { schema } });
  const result = await agent.run("Count");
  assert.ok(result.success);
  assert.ok(Number.isInteger((result.parsed as { n: number }).n));
});

test("An answer that does not fit is output_invalid and says where, and is counted all the same", async () => {
  await using world = await openAgentWorld();
  const never = z.object({ word: z.string().refine(() => false, "never good") });
  const agent = new ProductionAgent({ agentName: "never", manager: world.manager, responseFormat: never });
  const result = await agent.run("Say a word");
  assert.equal(result.error?.code, "output_invalid");
  assert.match(result.error?.message ?? "", /word: never good/);
  assert.ok(result.metrics.tokens.totalTokens > 0);
});

test("A refusal is no structured answer", async () => {
  await using world = await openAgentWorld();
  const responseFormat = z.object({ word: z.string() });
  const agent = new ProductionAgent({ agentName: "refuser", manager: world.manager, responseFormat });
  const result = await agent.run("emulate refusal");
  assert.equal(result.error?.code, "output_invalid");
  assert.match(result.error?.message ?? "", /declined/);
});

test("A schema that the service would refuse is refused before any I/O", async () => {
  await using world = await openAgentWorld();
  const schema = { type: "object", properties: { a: { type: "string" } } };
  assert.throws(() => new ProductionAgent({ agentName: "x", manager: world.manager, responseFormat: { schema } }), {
    code: "invalid_config",
  });
});
