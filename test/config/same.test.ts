import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import * as v from "valibot";
import * as z from "zod";
import { defineTool, isDeeplyFrozen, sameAsSnapshot, snapshotOf } from "../../src/config/index.ts";

const handler = (): string => "ok";
const schema = z.object({ a: z.string() });
const make = (): Record<string, unknown> => ({
  agentName: "a",
  instructions: "Be brief.",
  temperature: 0,
  tools: [
    { type: "mcp", allowed: ["x", "y"] },
    { type: "function", handler, schema },
  ],
  definition: { a: { b: [1, null, true] } },
});

test("an equal fresh object is the same, whatever the order of its members", () => {
  const snapshot = snapshotOf(make());
  assert.equal(sameAsSnapshot(make(), snapshot), true);
  assert.equal(sameAsSnapshot(Object.fromEntries(Object.entries(make()).toReversed()), snapshot), true);
});

test("a member that is undefined is none, and the session does not count", () => {
  const snapshot = snapshotOf({ ...make(), topP: undefined, sessionId: "s1" });
  assert.equal(sameAsSnapshot({ model: undefined, ...make(), sessionId: "s2" }, snapshot), true);
  assert.equal(sameAsSnapshot(make(), snapshot), true);
  const inside = snapshotOf({ definition: { sessionId: "s1" } });
  assert.equal(sameAsSnapshot({ definition: { sessionId: "s2" } }, inside), false);
});

const CHANGES: Readonly<Record<string, (config: Record<string, unknown>) => unknown>> = {
  "a changed text": (config) => (config["instructions"] = "Be brief!"),
  "a member more": (config) => (config["topP"] = 1),
  "a member less": (config) => delete config["temperature"],
  "another member instead": (config) => delete config["temperature"] && (config["topP"] = 0),
  "null instead of none": (config) => (config["topP"] = null),
  "a number as text": (config) => (config["temperature"] = "0"),
  "other tools": (config) => (config["tools"] = (config["tools"] as unknown[]).toReversed()),
  "a tool less": (config) => (config["tools"] as unknown[]).pop(),
  "another handler": (config) => ((config["tools"] as Record<string, unknown>[])[1]!["handler"] = () => "ok"),
  "another schema": (config) =>
    ((config["tools"] as Record<string, unknown>[])[1]!["schema"] = z.object({ a: z.string() })),
  "a list instead of an object": (config) => (config["definition"] = []),
  "an object instead of a list": (config) => (config["tools"] = { ...(config["tools"] as object) }),
  "a change deep inside": (config) => ((config["definition"] as { a: { b: unknown[] } }).a.b[1] = false),
  "a date instead of an object": (config) => (config["definition"] = new Date(0)),
};

for (const [what, change] of Object.entries(CHANGES)) {
  test(`${what} makes another configuration, in the same object too`, () => {
    const config = make();
    const snapshot = snapshotOf(config);
    change(config);
    assert.equal(sameAsSnapshot(config, snapshot), false);
    assert.equal(sameAsSnapshot(make(), snapshot), true);
  });
}

test("-0 is 0 and NaN is NaN", () => {
  assert.equal(sameAsSnapshot({ a: -0 }, snapshotOf({ a: 0 })), true);
  assert.equal(sameAsSnapshot({ a: Number.NaN }, snapshotOf({ a: Number.NaN })), true);
  assert.equal(sameAsSnapshot({ a: Number.NaN }, snapshotOf({ a: "NaN" })), false);
});

test("JavaScript's own members are not taken for the caller's", () => {
  assert.equal(sameAsSnapshot({ constructor: Object }, snapshotOf({})), false);
  assert.equal(sameAsSnapshot({}, snapshotOf({ valueOf: 1 })), false);
  assert.equal(
    sameAsSnapshot(JSON.parse('{"__proto__":1}') as object, snapshotOf(JSON.parse('{"__proto__":1}') as object)),
    true,
  );
  assert.equal(sameAsSnapshot(JSON.parse('{"__proto__":1}') as object, snapshotOf({})), false);
});

test("a request that is a class instance is compared by its own members", () => {
  class Request {
    agentName = "a";
    get instructions(): string {
      return "inherited";
    }
  }
  const snapshot = snapshotOf(new Request());
  assert.equal(sameAsSnapshot(new Request(), snapshot), true);
  assert.equal(sameAsSnapshot({ agentName: "a" }, snapshot), true);
  assert.equal(sameAsSnapshot(Object.assign(new Request(), { agentName: "b" }), snapshot), false);
});

test("a schema that is a plain object is known by identity", () => {
  const answer = v.object({ a: v.string() });
  const snapshot = snapshotOf({ responseFormat: answer });
  assert.equal(sameAsSnapshot({ responseFormat: answer }, snapshot), true);
  assert.equal(sameAsSnapshot({ responseFormat: v.object({ a: v.string() }) }, snapshot), false);
});

test("what is nested without end or in itself is never the same, and does not hang", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["again"] = cyclic;
  assert.equal(sameAsSnapshot(cyclic, snapshotOf(cyclic)), false);
  assert.equal(isDeeplyFrozen(Object.freeze(cyclic)), false);
});

test("two JSON objects are the same exactly if they are equal", () => {
  const json = fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__", "length", "0"), fc.jsonValue({ maxDepth: 3 }));
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  fc.assert(
    fc.property(json, json, (one, other) => {
      const snapshot = snapshotOf(one);
      assert.equal(sameAsSnapshot(structuredClone(one), snapshot), true);
      assert.equal(sameAsSnapshot(other, snapshot), isDeepStrictEqual(plain(one), plain(other)));
    }),
  );
});

test("only what nobody can change counts as deeply frozen", () => {
  const tool = defineTool({ name: "f", parameters: schema, handler });
  assert.equal(isDeeplyFrozen(Object.freeze({ a: 1, tools: Object.freeze([tool]), responseFormat: schema })), true);
  assert.equal(isDeeplyFrozen({ a: 1 }), false);
  assert.equal(isDeeplyFrozen(Object.freeze({ a: [1] })), false);
  assert.equal(isDeeplyFrozen(Object.freeze({ a: Object.freeze({ b: {} }) })), false);
  let count = 0;
  assert.equal(
    isDeeplyFrozen(Object.freeze(Object.defineProperty({}, "a", { get: () => (count += 1), enumerable: true }))),
    false,
  );
});
