import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { diffDefinitions, formatDiff, type JsonObject } from "../../src/config/index.ts";
import { diffLines } from "../../src/config/line-diff.ts";

const before = {
  kind: "prompt",
  model: "gpt-4.1",
  instructions: "One.\nTwo.\nThree.\nFour.\nFive.\nSix.\nSeven.",
  temperature: 1,
  tools: [
    { type: "function", name: "f", parameters: { type: "object", required: ["a"] } },
    { type: "code_interpreter" },
  ],
};
const after = {
  kind: "prompt",
  model: "gpt-4.1-mini",
  instructions: "One.\nTwo.\nThree.\nFour.\nFive!\nSix.\nSeven.",
  top_p: 0.5,
  tools: [
    { type: "mcp", server_label: "docs" },
    { type: "function", name: "f", parameters: { type: "object", required: ["a", "b"] } },
    { type: "code_interpreter" },
  ],
};

test("equal definitions have no difference, whatever the order of members", () => {
  assert.deepEqual(diffDefinitions(before, structuredClone(before)), []);
  assert.deepEqual(diffDefinitions({ a: 1, b: { c: 2, d: undefined } }, { b: { c: 2 }, a: 1 }), []);
});

test("each place that differs is named once, tools by their names", () => {
  assert.deepEqual(diffDefinitions(before, after), [
    { path: "model", kind: "changed", before: "gpt-4.1", after: "gpt-4.1-mini" },
    { path: "instructions", kind: "changed", before: before.instructions, after: after.instructions },
    { path: "temperature", kind: "removed", before: 1 },
    { path: "tools[function:f].parameters.required[1]", kind: "added", after: "b" },
    { path: "tools[mcp:docs]", kind: "added", after: { type: "mcp", server_label: "docs" } },
    { path: "top_p", kind: "added", after: 0.5 },
  ]);
});

test("the difference reads well: texts line by line with what stands around", () => {
  assert.equal(
    formatDiff(diffDefinitions(before, after)),
    [
      '~ model: "gpt-4.1" -> "gpt-4.1-mini"',
      "~ instructions:",
      "    …",
      "      Three.",
      "      Four.",
      "    - Five.",
      "    + Five!",
      "      Six.",
      "      Seven.",
      "- temperature: 1",
      '+ tools[function:f].parameters.required[1]: "b"',
      '+ tools[mcp:docs]: {"type":"mcp","server_label":"docs"}',
      "+ top_p: 0.5",
    ].join("\n"),
  );
});

test("null is a value, and values of two kinds differ", () => {
  assert.deepEqual(diffDefinitions({ a: null, b: [], c: "1" }, { b: {}, c: 1 }), [
    { path: "a", kind: "removed", before: null },
    { path: "b", kind: "changed", before: [], after: {} },
    { path: "c", kind: "changed", before: "1", after: 1 },
  ]);
});

test("two tools of one name are told apart", () => {
  const twins = (second: string): JsonObject => ({
    tools: [
      { type: "file_search", a: "x" },
      { type: "file_search", a: second },
    ],
  });
  assert.deepEqual(diffDefinitions(twins("y"), twins("z")), [
    { path: "tools[file_search#2].a", kind: "changed", before: "y", after: "z" },
  ]);
});

test("a long difference is cut", () => {
  const long = (sign: string): JsonObject => ({
    instructions: Array.from({ length: 5_000 }, (_, line) => `${sign}${line}`).join("\n"),
  });
  const lines = formatDiff(diffDefinitions(long("a"), long("b"))).split("\n");
  assert.equal(lines.length, 201);
  assert.equal(lines.at(-1), "… 9801 more lines");
  assert.ok(formatDiff([{ path: "a", kind: "added", after: "x".repeat(1e6) }]).length < 200);
});

test("a line difference always leads from one text to the other, by the fewest changes at equal ends", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const lines = diffLines(one, other);
      const side = (left: string): string =>
        lines
          .filter(({ kind }) => kind === "same" || kind === left)
          .map((line) => line.text)
          .join("\n");
      assert.equal(side("removed"), one);
      assert.equal(side("added"), other);
      if (one === other) assert.ok(lines.every(({ kind }) => kind === "same"));
    }),
  );
});
