import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as z from "zod";
import { responseFormatOf } from "../../src/config/index.ts";

const schema = { type: "object", properties: { a: { type: "number" } }, required: ["a"], additionalProperties: false };

test("words, schemas and wrapped schemas become the service's format", () => {
  const format = { type: "json_schema", name: "answer", schema, strict: true };
  assert.deepEqual(responseFormatOf("text"), { type: "text" });
  assert.deepEqual(responseFormatOf("json_object"), { type: "json_object" });
  assert.deepEqual(responseFormatOf(z.object({ a: z.number() })), format);
  assert.deepEqual(responseFormatOf(type({ a: "number" })), format);
  assert.deepEqual(responseFormatOf({ schema }), format);
  assert.deepEqual(responseFormatOf({ name: "price", schema: z.object({ a: z.number() }) }), {
    ...format,
    name: "price",
  });
});

test("without strict mode a schema is sent as it is", () => {
  const open = { type: "object", properties: { a: {} } };
  assert.deepEqual(responseFormatOf({ schema: open, strict: false }), {
    type: "json_schema",
    name: "answer",
    schema: open,
    strict: false,
  });
});

test("what is no format is refused with a word about what would be", () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [3, /`responseFormat` to be "text", "json_object", a Standard Schema or \{ schema \}, got 3/],
    [{ type: "object", properties: {} }, /got what looks like a bare JSON Schema/],
    [{ schema, name: "a b" }, /`responseFormat.name` to be 1 to 64 letters/],
    [{ schema, strict: 1 }, /`responseFormat.strict` to be true or false, got 1/],
    [{}, /`responseFormat.schema` to be a plain JSON object, got undefined/],
    [
      { schema: { type: "object", properties: { a: {} } } },
      /`responseFormat.schema` does not say `additionalProperties: false`/,
    ],
    [z.object({ a: z.string().optional() }), /does not require its property `a`/],
    [z.array(z.string()), /`responseFormat.schema` is not of type "object"/],
  ];
  for (const [format, message] of refused) {
    assert.throws(() => responseFormatOf(format), { name: "TenureError", code: "invalid_config", message });
  }
});
