import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { sampleOfSchema } from "../../src/emulator/model/json-sample.ts";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";

const formats = {
  date: /^\d{4}-\d{2}-\d{2}$/u,
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/u,
  email: /^\S+@\S+\.\S+$/u,
  uuid: /^[0-9a-f-]{36}$/u,
  uri: (text: string) => URL.canParse(text),
  time: true as const,
  ipv4: true as const,
};

const ajv = new Ajv2020({ strict: false, formats });

function check(schema: Record<string, unknown>, value: unknown): void {
  // Compiled once for each schema object.
  const validate = ajv.compile(schema);
  assert.ok(validate(value), `${JSON.stringify(value)}: ${JSON.stringify(validate.errors)}`);
}

const tree = {
  $defs: {
    node: {
      type: "object",
      properties: {
        name: { type: "string" },
        left: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
        right: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] },
        children: { type: "array", items: { $ref: "#/$defs/node" } },
      },
      required: ["name", "left", "right", "children"],
      additionalProperties: false,
    },
  },
  $ref: "#/$defs/node",
};

const schemas: Readonly<Record<string, Record<string, unknown>>> = {
  "nested objects and arrays": {
    type: "object",
    properties: {
      company: {
        type: "object",
        properties: {
          name: { type: "string" },
          ratios: { type: "array", items: { type: "number" }, minItems: 3, maxItems: 4 },
        },
        required: ["name", "ratios"],
        additionalProperties: false,
      },
      isPublic: { type: "boolean" },
    },
    required: ["company", "isPublic"],
    additionalProperties: false,
  },
  "enums, constants and nullable types": {
    type: "object",
    properties: {
      rating: { enum: ["low", "medium", "high"] },
      kind: { const: "report" },
      note: { type: ["string", "null"], maxLength: 5 },
      nothing: { type: "null" },
      tags: { type: "array", items: { enum: ["a", "b", "c"] }, minItems: 3, uniqueItems: true },
    },
    required: ["rating", "kind", "note", "nothing", "tags"],
    additionalProperties: false,
  },
  "bounds of every kind": {
    type: "object",
    properties: {
      score: { type: "integer", minimum: 1, maximum: 5 },
      share: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
      tiny: { type: "number", minimum: 0.001, maximum: 0.002 },
      below: { type: "number", maximum: -10 },
      fives: { type: "integer", multipleOf: 5, minimum: 12, maximum: 17 },
      tenths: { type: "number", multipleOf: 0.1, minimum: 0.25, maximum: 0.95 },
      long: { type: "string", minLength: 200 },
      short: { type: "string", minLength: 2, maxLength: 3 },
      none: { type: "array", items: { type: "string" }, maxItems: 0 },
      bag: { type: "object", additionalProperties: { type: "integer" }, minProperties: 2 },
      point: { type: "array", prefixItems: [{ type: "number" }, { type: "string" }], items: false, minItems: 2 },
    },
    required: ["score"],
  },
  "formats and patterns": {
    type: "object",
    properties: {
      day: { type: "string", format: "date" },
      at: { type: "string", format: "date-time" },
      mail: { type: "string", format: "email" },
      id: { type: "string", format: "uuid" },
      page: { type: "string", format: "uri" },
      ticker: { type: "string", pattern: "^[A-Z]{1,5}$" },
      code: { type: "string", pattern: "^(?:AB|CD)-\\d{3}(?:\\.\\w+)?$" },
      slug: { type: "string", pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", minLength: 8 },
      hex: { type: "string", pattern: "^#[0-9a-f]{6}$" },
    },
    required: ["day", "at", "mail", "id", "page", "ticker", "code", "slug", "hex"],
  },
  "recursive references": tree,
  "a reference to the root": {
    type: "object",
    properties: { value: { type: "integer" }, next: { anyOf: [{ $ref: "#" }, { type: "null" }] } },
    required: ["value", "next"],
    additionalProperties: false,
  },
  "choices and merges": {
    type: "object",
    properties: {
      choice: { anyOf: [{ type: "integer", minimum: 3 }, { type: "string" }] },
      merged: { allOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/b" }] },
      both: {
        allOf: [
          { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
          { type: "object", properties: { b: { type: "number", minimum: 7 } }, required: ["b"] },
        ],
      },
      list: {
        type: "array",
        items: { anyOf: [{ type: "object", properties: { x: { const: 1 } }, required: ["x"] }] },
        minItems: 2,
      },
    },
    required: ["choice", "merged", "both", "list"],
    $defs: {
      a: { type: "object", properties: { a: { type: "string" } }, required: ["a"] },
      b: { type: "object", properties: { b: { const: 1 } }, required: ["b"] },
    },
  },
};

for (const [name, schema] of Object.entries(schemas)) {
  test(`a structured answer fits a schema with ${name}, whatever was asked`, () => {
    const seeds = fc.record({
      text: fc.string({ unit: "grapheme" }),
      fraction: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(seeds, (seed) => check(schema, sampleOfSchema(schema, seed))),
      { numRuns: 50 },
    );
  });
}

test("any bounds of a number or of a length are kept", () => {
  const bounds = fc.tuple(
    fc.integer({ min: -1000, max: 1000 }),
    fc.nat(500),
    fc.double({ min: 0, max: 1, noNaN: true }),
  );
  const holds = fc.property(bounds, ([low, width, fraction]) => {
    const number = { minimum: low, maximum: low + width };
    const length = { minLength: Math.abs(low) % 50, maxLength: (Math.abs(low) % 50) + width };
    const schema = {
      type: "object",
      properties: {
        whole: { type: "integer", ...number },
        real: { type: "number", ...number },
        text: { type: "string", ...length },
        list: { type: "array", items: { type: "integer", ...number }, minItems: width % 7, maxItems: width % 7 },
      },
    };
    check(schema, sampleOfSchema(schema, { text: "What is it? 😀", fraction }));
  });
  fc.assert(holds);
});

test("a schema without a finite value gives a failed response, and a broken pattern a guess", async () => {
  const endless = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
  assert.throws(() => sampleOfSchema(endless, { text: "", fraction: 0 }), RangeError);
  await using at = await openEmulatedOpenAi();
  const ask = (schema: Record<string, unknown>) =>
    at.client.responses.create({
      model: "m",
      input: "a",
      text: { format: { type: "json_schema", name: "n", schema } },
    });
  assert.equal((await ask(endless)).error?.code, "invalid_json_schema");
  for (const pattern of ["[", "(", "a{2,1}", "^(?<=x)y$", "\\p{Lu}", "*", "\\"]) {
    assert.equal((await ask({ type: "string", pattern })).status, "completed", pattern);
  }
});

test("the client parses a response in the format of the request or of its agent", async () => {
  await using at = await openEmulatedOpenAi();
  const schema = schemas["bounds of every kind"] ?? {};
  const format = { type: "json_schema" as const, name: "report", schema, strict: false };
  const mine = await at.client.responses.create({ model: "m", input: "Rate it", text: { format } });
  check(schema, JSON.parse(mine.output_text));
  const analyst = await at.agent("analyst", { text: { format } });
  const agents = await at.client.responses.create({ input: "Rate it", ...analyst });
  check(schema, JSON.parse(agents.output_text));
  assert.ok(agents.output_text.includes("[tenure emulator] Rate it"));
  const object = await at.client.responses.create({
    model: "m",
    input: "Rate it",
    text: { format: { type: "json_object" } },
  });
  assert.ok("answer" in (JSON.parse(object.output_text) as object));
});

test("a judge gives a better score to an answer that speaks of what was asked", async () => {
  await using at = await openEmulatedOpenAi();
  const schema = {
    type: "object",
    properties: { score: { type: "number", minimum: 0, maximum: 10 }, reason: { type: "string" } },
    required: ["score", "reason"],
  };
  const score = async (answer: string): Promise<number> => {
    const response = await at.client.responses.create({
      model: "m",
      instructions: "Judge the answer.",
      input: `Question: What is the price-earnings ratio of Contoso?\nAnswer: ${answer}`,
      text: { format: { type: "json_schema", name: "verdict", schema } },
    });
    return (JSON.parse(response.output_text) as { score: number }).score;
  };
  const good = await score("The price-earnings ratio of Contoso is 12; what matters is the question of growth.");
  const poor = await score("Bananas are yellow.");
  assert.equal(await score(""), 0);
  assert.equal(await score("Bananas are yellow."), poor);
  assert.ok(good > 6 && poor < 4, `${good} and ${poor}`);
});

test("a schema that refers to nothing is refused, wherever the reference stands", async () => {
  await using at = await openEmulatedOpenAi();
  const references = ["#/$defs/absent", "#/x", "absent", "https://example.com/schema", "#/$defs/__proto__", "#/%E0"];
  for (const $ref of references) {
    const schema = { type: "object", properties: { a: { anyOf: [{ type: "null" }, { $ref }] } }, $defs: {} };
    const format = { type: "json_schema", name: "x", schema } as const;
    await assert.rejects(at.client.responses.create({ model: "gpt-4.1", input: "Hello", text: { format } }), {
      status: 400,
      code: "invalid_json_schema",
      param: "text.format.schema",
    });
  }
  const schema = { const: { $ref: "#/is/data" } };
  const format = { type: "json_schema", name: "x", schema } as const;
  const response = await at.client.responses.create({ model: "gpt-4.1", input: "Hello", text: { format } });
  assert.deepEqual(JSON.parse(response.output_text), schema.const);
});
