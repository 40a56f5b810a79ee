import assert from "node:assert/strict";
import { test } from "node:test";
import { toServiceKey, toServiceName } from "../../src/services/foundry/names.ts";

test("underscores, dots and spaces become hyphens, and nothing else changes", () => {
  assert.equal(toServiceName("market_analyst"), "market-analyst");
  assert.equal(toServiceName("Sales v2.1 bot"), "Sales-v2-1-bot");
  assert.equal(toServiceName("a"), "a");
  assert.equal(toServiceName("x".repeat(63)), "x".repeat(63));
});

test("a name that Foundry cannot have is refused", () => {
  for (const name of ["", "_a", "a_", "-a", "a/b", "Ünï", "a\nb", "x".repeat(64), "x".repeat(100_000)]) {
    assert.throws(() => toServiceName(name), { code: "invalid_name", message: /1 to 63/ });
  }
});

test("an endless name is not repeated in whole", () => {
  assert.throws(
    () => toServiceName("x".repeat(100_000)),
    (error: Error) => error.message.length < 300,
  );
});

test("names that differ only by case or separator meet in one key", () => {
  const keys = ["Market_Analyst", "market-analyst", "market analyst"].map((name) => toServiceKey(toServiceName(name)));
  assert.deepEqual(new Set(keys), new Set(["market-analyst"]));
});
