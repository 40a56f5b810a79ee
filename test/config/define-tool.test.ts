import assert from "node:assert/strict";
import { test } from "node:test";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import { type AgentConfig, defineTool, isLocalTool, type JsonObject, normalizeConfig } from "../../src/config/index.ts";

const expected = {
  type: "object",
  properties: { ticker: { type: "string" } },
  required: ["ticker"],
  additionalProperties: false,
};
const context = { signal: new AbortController().signal, callId: "c", agentName: "a", sessionId: undefined };

test("a zod schema describes, types and checks the arguments", () => {
  const tool = defineTool({
    name: "look_up",
    parameters: z.object({ ticker: z.string().transform((text) => text.length) }),
    handler: ({ ticker }) => ticker + 1,
  });
  assert.deepEqual(tool.parameters, expected);
  assert.equal(tool.strict, true);
  assert.equal(tool.handler({ ticker: 4 }, context), 5);
  assert.ok(tool.schema !== undefined && isLocalTool(tool) && Object.isFrozen(tool));
});

test("valibot with its converter and arktype do too", () => {
  const ofValibot = defineTool({
    name: "f",
    parameters: toStandardJsonSchema(v.object({ ticker: v.string() })),
    handler: ({ ticker }) => ticker.length,
  });
  const ofArktype = defineTool({
    name: "f",
    parameters: type({ ticker: "string" }),
    handler: ({ ticker }) => ticker.length,
  });
  assert.deepEqual(ofValibot.parameters, expected);
  assert.deepEqual(ofArktype.parameters, expected);
});

test("one schema in three libraries gives one fingerprint", () => {
  const handler = (): number => 1;
  const schemas = [
    defineTool({ name: "f", parameters: z.object({ ticker: z.string() }), handler }),
    defineTool({ name: "f", parameters: toStandardJsonSchema(v.object({ ticker: v.string() })), handler }),
    defineTool({ name: "f", parameters: type({ ticker: "string" }), handler }),
    defineTool({ name: "f", parameters: expected, handler }),
  ];
  const config = (tool: NonNullable<AgentConfig["tools"]>[number]): AgentConfig => ({
    agentName: "a",
    model: "m",
    tools: [tool],
  });
  assert.equal(new Set(schemas.map((tool) => normalizeConfig(config(tool)).fingerprint)).size, 1);
});

test("a plain JSON Schema is sent as it is, and its handler gets JSON", () => {
  const parameters = { type: "object", properties: { ticker: { type: "string" } } };
  const tool = defineTool({
    name: "f",
    description: "Looks up.",
    parameters,
    handler: (input: JsonObject) => input["ticker"],
  });
  assert.deepEqual(tool.parameters, parameters);
  assert.equal(tool.strict, false);
  assert.equal(tool.schema, undefined);
  assert.equal(tool.description, "Looks up.");
});

test("a schema that strict mode cannot take makes a tool that is not strict, and stays as it is", () => {
  const unfit = [
    z.object({ a: z.string().optional() }),
    z.object({ a: z.record(z.string(), z.number()) }),
    z.object({ a: z.any() }),
    z.object({ a: z.array(z.object({ b: z.number().optional() })) }),
    z.object({ a: z.discriminatedUnion("t", [z.object({ t: z.literal("x") }), z.object({ t: z.literal("y") })]) }),
  ];
  for (const parameters of unfit) {
    const tool = defineTool({ name: "f", parameters, handler: () => 1 });
    assert.equal(tool.strict, false);
    assert.equal(tool.parameters["additionalProperties"], undefined);
  }
});

test("nested objects are closed for strict mode", () => {
  const parameters = z.object({ list: z.array(z.object({ x: z.union([z.object({ y: z.number() }), z.null()]) })) });
  const tool = defineTool({ name: "f", parameters, handler: () => 1 });
  assert.equal(tool.strict, true);
  assert.equal(JSON.stringify(tool.parameters).split('"additionalProperties":false').length, 4);
});

test("strict mode is refused, not dropped, when the caller insists and the schema is unfit", () => {
  const parameters = z.object({ a: z.object({ b: z.string().optional() }) });
  assert.throws(() => defineTool({ name: "f", parameters, strict: true, handler: () => 1 }), {
    code: "invalid_config",
    message:
      "Expected `parameters` to be fit for strict mode, but `parameters.properties.a` does not require its property `b`",
  });
  assert.equal(defineTool({ name: "f", parameters: z.object({}), strict: false, handler: () => 1 }).strict, false);
});

test("a schema without a JSON Schema is refused with what to do", () => {
  const refusal = (vendor: string): { hint: string } => {
    const parameters = { "~standard": { version: 1 as const, vendor, validate: (value: unknown) => ({ value }) } };
    try {
      defineTool({ name: "f", parameters, handler: () => 1 });
    } catch (thrown) {
      assert.match((thrown as Error).message, new RegExp(`got one of ${vendor} without it`));
      return thrown as { hint: string };
    }
    assert.fail("it was taken");
  };
  assert.match(refusal("zod").hint, /update zod to 4\.2/);
  assert.match(refusal("valibot").hint, /toStandardJsonSchema/);
  assert.match(refusal("effect").hint, /plain JSON Schema/);
  assert.match(
    messageOf(() => defineTool({ name: "f", parameters: z.object({ a: z.bigint() }), handler: () => 1 })),
    /zod cannot write it as one/,
  );
});

test("what is no tool is refused with the field's name", () => {
  const good = { name: "f", parameters: expected, handler: () => 1 };
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ ...good, name: "a b" }, /`name` to be 1 to 64 letters/],
    [{ ...good, name: "" }, /`name`/],
    [{ ...good, description: 3 }, /`description` to be a text, got 3/],
    [{ ...good, handler: "f" }, /`handler` to be a function, got "f"/],
    [{ ...good, parameters: undefined }, /`parameters` to be a plain JSON object, got undefined/],
    [{ ...good, parameters: { type: "string" } }, /`parameters` to be a schema of type "object", got "string"/],
    [{ ...good, parameters: z.string() }, /`parameters` to be a schema of type "object", got "string"/],
    [{ ...good, strict: "yes" }, /`strict` to be true or false/],
    [{ ...good, execute: () => 1 }, /Unknown field `execute`/],
  ];
  for (const [declaration, message] of refused) {
    assert.throws(() => defineTool(declaration as typeof good), { name: "TenureError", message });
  }
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return "";
}
