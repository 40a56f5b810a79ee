import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { defineTool, normalizeConfig } from "../../src/config/index.ts";

const base = { agentName: "market_analyst", model: "gpt-4.1" };
const cyclic: Record<string, unknown> = {};
cyclic["again"] = cyclic;
let deep: Record<string, unknown> = {};
for (let depth = 0; depth < 100_000; depth += 1) deep = { deep };
const tool = (name: string): object => ({ type: "function", name, parameters: { type: "object" } });
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** What is wrong, the code, and what the message must say. */
const REFUSED: readonly (readonly [what: string, config: unknown, code: string, message: RegExp | string])[] = [
  ["nothing", undefined, "invalid_config", "Expected `config` to be a configuration object, got undefined"],
  ["null", null, "invalid_config", "Expected `config` to be a configuration object, got null"],
  [
    "a text",
    "market_analyst",
    "invalid_config",
    'Expected `config` to be a configuration object, got "market_analyst"',
  ],
  ["a list", [base], "invalid_config", "Expected `config` to be a configuration object, got a list of 1"],
  ["no name", { model: "m" }, "invalid_name", /`agentName` to be a text, got undefined/],
  ["an empty name", { ...base, agentName: "" }, "invalid_name", /1 to 63 characters long, got ""/],
  ["an endless name", { ...base, agentName: "a".repeat(100_000) }, "invalid_name", /1 to 63 .* \(100000 characters\)/],
  ["a name with a slash", { ...base, agentName: "a/b" }, "invalid_name", /without "\/" \(U\+002F\) at position 2/],
  [
    "a misspelt field",
    { ...base, instruction: "x" },
    "unknown_field",
    "Unknown field `instruction`: did you mean `instructions`?",
  ],
  ["a field in snake case", { ...base, top_p: 1 }, "unknown_field", "Unknown field `top_p`: did you mean `topP`?"],
  ["another SDK's name", { model: "m", name: "a" }, "unknown_field", "Unknown field `name`: did you mean `agentName`?"],
  ["an unknown field", { ...base, colour: "red" }, "unknown_field", "Unknown field `colour`"],
  ["an unknown field that is undefined", { ...base, colour: undefined }, "unknown_field", "Unknown field `colour`"],
  ["no model", { agentName: "a" }, "model_missing", /Agent "a" has no model/],
  [
    "an empty model",
    { ...base, model: "" },
    "invalid_config",
    'Expected `model` to be 1 to 256 printable characters, got ""',
  ],
  ["a model that is null", { ...base, model: null }, "invalid_config", "Expected `model` to be a text, got null"],
  [
    "instructions that are a number",
    { ...base, instructions: 42 },
    "invalid_config",
    "Expected `instructions` to be a text, got 42",
  ],
  [
    "instructions that are a list",
    { ...base, instructions: ["a"] },
    "invalid_config",
    "Expected `instructions` to be a text, got a list of 1",
  ],
  [
    "half a character",
    { ...base, instructions: "a\uD83D" },
    "invalid_config",
    /`instructions` to be whole Unicode text/,
  ],
  [
    "endless instructions",
    { ...base, instructions: "x".repeat(256_001) },
    "invalid_config",
    /at most 256000 characters, got "x{40}"… \(256001 characters\)$/,
  ],
  [
    "too high a temperature",
    { ...base, temperature: 3 },
    "invalid_config",
    "Expected `temperature` to be a number from 0 to 2, got 3",
  ],
  [
    "a temperature that is NaN",
    { ...base, temperature: Number.NaN },
    "invalid_config",
    "Expected `temperature` to be a number from 0 to 2, got NaN",
  ],
  [
    "a temperature in quotes",
    { ...base, temperature: "1" },
    "invalid_config",
    'Expected `temperature` to be a number from 0 to 2, got "1"',
  ],
  [
    "a negative topP",
    { ...base, topP: -0.1 },
    "invalid_config",
    "Expected `topP` to be a number from 0 to 1, got -0.1",
  ],
  [
    "an unknown effort",
    { ...base, reasoning: { effort: "huge" } },
    "invalid_config",
    /^Expected `reasoning.effort` to be one of "none", .*, got "huge"$/,
  ],
  [
    "web search in quotes",
    { ...base, enableWebSearch: "yes" },
    "invalid_config",
    'Expected `enableWebSearch` to be true or false, got "yes"',
  ],
  [
    "a long description",
    { ...base, description: "x".repeat(513) },
    "invalid_config",
    /`description` to be a text of at most 512 characters/,
  ],
  [
    "tools that are no list",
    { ...base, tools: { type: "mcp" } },
    "invalid_config",
    "Expected `tools` to be a list of tools, got an object",
  ],
  [
    "a tool that is a text",
    { ...base, tools: ["web_search"] },
    "invalid_config",
    /`tools\[0\]` to be a tool with a `type`/,
  ],
  [
    "a tool that is a class instance",
    { ...base, tools: [new Date()] },
    "invalid_config",
    /`tools\[0\]` .* got an object \(Date\)/,
  ],
  [
    "a tool without a type",
    { ...base, tools: [{}] },
    "invalid_config",
    "Expected `tools[0].type` to be the name of a tool type, got undefined",
  ],
  [
    "a function with a bad name",
    { ...base, tools: [tool("a b")] },
    "invalid_config",
    /`tools\[0\]\.name` to be 1 to 64 letters/,
  ],
  [
    "two functions of one name",
    { ...base, tools: [tool("f"), { ...tool("f"), strict: true }] },
    "invalid_config",
    /tools\[0\] and tools\[1\] are both functions called "f"/,
  ],
  [
    "one tool twice",
    {
      ...base,
      tools: [
        { type: "mcp", a: 1, b: 2 },
        { type: "mcp", b: 2, a: 1 },
      ],
    },
    "invalid_config",
    /tools\[0\] and tools\[1\] are equal/,
  ],
  [
    "129 tools",
    { ...base, tools: range(129).map((index) => tool(`f${index}`)) },
    "invalid_config",
    /at most 128 tools/,
  ],
  [
    "128 tools and web search",
    { ...base, enableWebSearch: true, tools: range(128).map((index) => tool(`f${index}`)) },
    "invalid_config",
    /at most 128 tools/,
  ],
  [
    "eleven tags",
    { ...base, metadata: Object.fromEntries(range(11).map((index) => [`k${index}`, "v"])) },
    "invalid_config",
    /`metadata` to be at most 10 tags/,
  ],
  ["a tag of ours", { ...base, metadata: { tenure_scope: "x" } }, "invalid_config", /do not begin with `tenure_`/],
  [
    "a tag that is a number",
    { ...base, metadata: { size: 3 } },
    "invalid_config",
    "Expected `metadata.size` to be a text of at most 512 characters, got 3",
  ],
  [
    "a tag with a long name",
    { ...base, metadata: { ["k".repeat(65)]: "v" } },
    "invalid_config",
    /names of 1 to 64 printable characters/,
  ],
  [
    "tags in a Map",
    { ...base, metadata: new Map([["a", "b"]]) },
    "invalid_config",
    "Expected `metadata` to be a plain object, got an object (Map)",
  ],
  [
    "a definition that is a list",
    { ...base, definition: [] },
    "invalid_config",
    "Expected `definition` to be a plain object, got a list of 0",
  ],
  [
    "a model under definition",
    { ...base, definition: { model: "m" } },
    "invalid_config",
    "Expected `definition.model` to be absent: the field `model` sets it",
  ],
  [
    "top_p under definition",
    { ...base, definition: { top_p: 1 } },
    "invalid_config",
    "Expected `definition.top_p` to be absent: the field `topP` sets it",
  ],
  [
    "a format under definition",
    { ...base, definition: { text: { format: { type: "text" } } } },
    "invalid_config",
    /the field `responseFormat` sets it/,
  ],
  [
    "another kind",
    { ...base, definition: { kind: "hosted" } },
    "invalid_config",
    'Expected `definition.kind` to be "prompt" or absent, got "hosted"',
  ],
  [
    "a function in the definition",
    { ...base, definition: { a: [() => 1] } },
    "invalid_config",
    "Expected `definition.a[0]` to be plain JSON, got a function",
  ],
  [
    "a Date in the definition",
    { ...base, definition: { a: { b: new Date() } } },
    "invalid_config",
    "Expected `definition.a.b` to be plain JSON, got an object (Date)",
  ],
  [
    "a bigint in the definition",
    { ...base, definition: { a: 1n } },
    "invalid_config",
    "Expected `definition.a` to be plain JSON, got 1n",
  ],
  [
    "infinity in the definition",
    { ...base, definition: { "a b": Infinity } },
    "invalid_config",
    'Expected `definition["a b"]` to be a finite number, got Infinity',
  ],
  [
    "a gap in a list",
    { ...base, definition: { a: [1, undefined] } },
    "invalid_config",
    "Expected `definition.a[1]` to be plain JSON, got undefined",
  ],
  [
    "half a character in a member's name",
    { ...base, definition: { "\uDC00": 1 } },
    "invalid_config",
    /member name` to be whole Unicode/,
  ],
  ["a cycle", { ...base, definition: cyclic }, "invalid_config", /`definition\.again` to be plain JSON without cycles/],
  ["JSON nested without end", { ...base, definition: deep }, "invalid_config", /nested at most 100 deep/],
  [
    "an unknown format",
    { ...base, responseFormat: "xml" },
    "invalid_config",
    /^Expected `responseFormat` to be "text", "json_object", .* got "xml"$/,
  ],
];

for (const [what, config, code, message] of REFUSED) {
  test(`${what} is refused with ${code}`, () => {
    assert.throws(() => normalizeConfig(config), { name: "TenureError", code, message });
  });
}

test("no error shows a long text or a secret", () => {
  const secret = "sk-abcdefghijklmnopqrstuvwxyz0123456789";
  for (const config of [
    { ...base, agentName: "x".repeat(1e6) },
    { ...base, temperature: secret },
    { ...base, ["k".repeat(1e6)]: 1 },
  ]) {
    assert.throws(
      () => normalizeConfig(config),
      (error: Error) => error.message.length < 300 && !error.message.includes(secret),
    );
  }
});

test("the default model stands in for none, never for one", () => {
  assert.equal(normalizeConfig({ agentName: "a" }, { model: "gpt-4.1" }).model, "gpt-4.1");
  assert.equal(normalizeConfig({ agentName: "a", model: "o4" }, { model: "gpt-4.1" }).model, "o4");
  assert.throws(() => normalizeConfig({ agentName: "a" }, { model: " " }), { code: "model_missing" });
});

test("the normal form is the definition as the service takes it", () => {
  const lookup = defineTool({
    name: "look_up",
    description: "Looks up a price.",
    parameters: z.object({ ticker: z.string() }),
    handler: ({ ticker }) => ticker.length,
  });
  const normal = normalizeConfig({
    ...base,
    instructions: "One.\r\nTwo.",
    tools: [lookup, { type: "code_interpreter" }],
    enableWebSearch: true,
    temperature: 1,
    topP: 0.5,
    responseFormat: z.object({ price: z.number() }),
    reasoning: { effort: "low" },
    description: "For the desk",
    metadata: { team: "markets" },
    definition: {
      kind: "prompt",
      tool_choice: "auto",
      rai_config: { rai_policy_name: "strict" },
      text: { verbosity: "low" },
    },
  });
  const { fingerprint: _, ...rest } = normal;
  const closed = { required: ["ticker"], additionalProperties: false };
  assert.deepEqual(rest, {
    agentName: "market_analyst",
    model: "gpt-4.1",
    description: "For the desk",
    metadata: { team: "markets" },
    webSearchEnabled: true,
    definition: {
      kind: "prompt",
      model: "gpt-4.1",
      instructions: "One.\nTwo.",
      tools: [
        {
          type: "function",
          name: "look_up",
          description: "Looks up a price.",
          parameters: { type: "object", properties: { ticker: { type: "string" } }, ...closed },
          strict: true,
        },
        { type: "code_interpreter" },
        { type: "web_search" },
      ],
      temperature: 1,
      top_p: 0.5,
      text: {
        verbosity: "low",
        format: {
          type: "json_schema",
          name: "answer",
          schema: {
            type: "object",
            properties: { price: { type: "number" } },
            required: ["price"],
            additionalProperties: false,
          },
          strict: true,
        },
      },
      reasoning: { effort: "low" },
      tool_choice: "auto",
      rai_config: { rai_policy_name: "strict" },
    },
  });
});

test("members of the definition that look like JavaScript's own are members like any other", () => {
  const definition = JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":null}') as object;
  const normal = normalizeConfig({ ...base, definition });
  assert.deepEqual(Object.keys(normal.definition).sort(), ["__proto__", "constructor", "kind", "model", "toString"]);
});

test("any tool that searches the web counts as web search", () => {
  for (const type of ["web_search", "web_search_preview", "bing_grounding", "bing_custom_search_preview"]) {
    assert.equal(normalizeConfig({ ...base, tools: [{ type }] }).webSearchEnabled, true);
  }
  assert.equal(normalizeConfig({ ...base, tools: [{ type: "code_interpreter" }] }).webSearchEnabled, false);
});
