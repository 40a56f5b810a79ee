import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { fingerprintOf, type JsonObject, normalizeConfig } from "../../src/config/index.ts";

interface Vector {
  readonly name: string;
  readonly same?: string;
  readonly differs?: string;
  readonly config: object;
  readonly canonical: string;
  readonly fingerprint: string;
}

const { vectors } = JSON.parse(readFileSync(new URL("fingerprint-vectors.json", import.meta.url), "utf8")) as {
  vectors: Vector[];
};
const byName = new Map(vectors.map((vector) => [vector.name, vector]));
const base = { agentName: "a", model: "gpt-4.1", instructions: "Be brief." };
const fingerprint = (config: object): string => normalizeConfig(config).fingerprint;

for (const { name, same, differs, config, canonical, fingerprint: expected } of vectors) {
  test(`the published vector "${name}" holds`, () => {
    const normal = normalizeConfig(config);
    assert.equal(normal.fingerprint, expected);
    assert.equal(fingerprintOf(JSON.parse(canonical) as JsonObject), expected);
    if (same !== undefined) assert.equal(expected, byName.get(same)?.fingerprint);
    if (differs !== undefined) assert.notEqual(expected, byName.get(differs)?.fingerprint);
  });
}

test("a member that is undefined is absent, wherever it stands", () => {
  const config = {
    ...base,
    topP: undefined,
    tools: undefined,
    metadata: undefined,
    definition: { rai_config: undefined },
  };
  assert.equal(fingerprint(config), fingerprint(base));
  const schema = { type: "object", properties: {}, required: [], additionalProperties: false };
  assert.equal(
    fingerprint({ ...base, tools: [{ type: "function", name: "f", parameters: { ...schema, title: undefined } }] }),
    fingerprint({ ...base, tools: [{ type: "function", name: "f", parameters: schema }] }),
  );
});

test("the order of members never matters, at any depth", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue({ maxDepth: 4 })), (members) => {
      const further = { further: members as JsonObject };
      assert.equal(
        fingerprint({ ...base, definition: further }),
        fingerprint({ definition: reversed(further) as JsonObject, ...base }),
      );
    }),
  );
});

test("the order of tools never matters", () => {
  const tools = ["code_interpreter", "file_search", "web_search", "image_generation", "mcp"].map((type) => ({ type }));
  fc.assert(
    fc.property(fc.shuffledSubarray(tools, { minLength: tools.length }), (shuffled) => {
      assert.equal(fingerprint({ ...base, tools: shuffled }), fingerprint({ ...base, tools }));
    }),
  );
});

test("the kind of line end never matters, its place does", () => {
  fc.assert(
    fc.property(fc.array(fc.string().map((line) => line.replaceAll(/[\r\n]/g, ""))), (lines) => {
      const unix = fingerprint({ ...base, instructions: lines.join("\n") });
      assert.equal(fingerprint({ ...base, instructions: lines.join("\r\n") }), unix);
      assert.equal(fingerprint({ ...base, instructions: lines.join("\r") }), unix);
      assert.notEqual(fingerprint({ ...base, instructions: `${lines.join("\n")}\n` }), unix);
    }),
  );
});

test("two texts have one fingerprint only if they are one text", () => {
  const text = fc.string({ unit: "binary", maxLength: 3 }).map((value) => value.replaceAll("\r", ""));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const isEqual = fingerprint({ ...base, instructions: one }) === fingerprint({ ...base, instructions: other });
      assert.equal(isEqual, one === other);
    }),
  );
});

test("what the fingerprint is made of cannot be changed afterwards", () => {
  const definition = { tool_choice: { type: "function", name: "f" } };
  const normal = normalizeConfig({ ...base, definition });
  definition.tool_choice.name = "g";
  assert.deepEqual(normal.definition["tool_choice"], { type: "function", name: "f" });
  assert.ok(Object.isFrozen(normal.definition["tool_choice"]));
  assert.throws(() => Object.assign(normal.definition, { model: "other" }), TypeError);
});

test("a definition that RFC 8785 cannot write is refused with our own error", () => {
  for (const odd of ["\uD800", Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => fingerprintOf({ odd }), { name: "TenureError", code: "invalid_config" });
  }
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
