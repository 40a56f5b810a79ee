import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram, startEmulatorProcess } from "../support/emulator-process.ts";

/** What the program prints, as far as the test looks at it. */
interface Seen {
  readonly agents: unknown;
  readonly talk: { texts: string[]; tokens: number; items: string[]; deleted: boolean };
  readonly stream: { first: string; last: string; isWhole: boolean };
  readonly call: { name: string; arguments: string; answer: string };
  readonly structure: { ticker: unknown; score: number };
}

test("a program written for Azure runs unchanged with the printed variables", async () => {
  await using emulator = await startEmulatorProcess();
  const result = await runProgram("unchanged.ts", [], emulator.environment);
  assert.equal(result.exitCode, 0, result.stderr);
  const seen = JSON.parse(result.stdout) as Seen;
  assert.deepEqual(seen.agents, {
    version: "2",
    latest: "2",
    listed: ["fifth", "first", "fourth", "second", "third"],
    deleted: true,
  });
  assert.ok(seen.talk.texts.every((text) => text.includes("emulator")));
  assert.match(seen.talk.texts[0] ?? "", /What is a bond\?/);
  assert.match(seen.talk.texts[1] ?? "", /And a share\?/);
  assert.match(seen.talk.texts[1] ?? "", /What is a bond\?/);
  assert.deepEqual(seen.talk.items, ["message", "message", "message", "message"]);
  assert.ok(seen.talk.tokens > 0 && seen.talk.deleted);
  assert.deepEqual([seen.stream.first, seen.stream.last], ["response.created", "response.completed"]);
  assert.equal(seen.stream.isWhole, true);
  assert.deepEqual([seen.call.name, seen.call.arguments], ["get_price", '{"symbol":"NVDA"}']);
  assert.match(seen.call.answer, /912 dollars/);
  assert.equal(typeof seen.structure.ticker, "string");
  assert.ok(seen.structure.score >= 0 && seen.structure.score <= 1);
});
