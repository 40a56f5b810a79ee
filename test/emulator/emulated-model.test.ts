import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommands } from "../../src/emulator/model/commands.ts";
import { hashFraction, judge } from "../../src/emulator/model/judgement.ts";
import { loadTokenizer } from "../../src/emulator/model/tokens.ts";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";
import { HeldClock } from "../support/held-clock.ts";

test("commands are read from the starts of lines, and only when they are whole", () => {
  assert.deepEqual(parseCommands('Hello\n  call add {"a": [1, {"b": "}"}]}\nmcp docs.find'), [
    { kind: "call", name: "add", args: '{"a":[1,{"b":"}"}]}' },
    { kind: "mcp", name: "docs.find", args: "{}" },
  ]);
  assert.deepEqual(parseCommands("emulate slow\nemulate slow 250 ms"), [
    { kind: "slow", paceMs: 50 },
    { kind: "slow", paceMs: 250 },
  ]);
  for (const text of [
    "call add {oops}",
    "call add [1]",
    "please call add {}",
    "call me maybe",
    "emulate nothing",
    "",
  ]) {
    assert.deepEqual(parseCommands(text), [], text);
  }
});

test("a judgement is the share of the asked words that come back, else a hash", () => {
  assert.equal(judge("Question: apples pears\nAnswer: apples and pears are a question"), 1);
  assert.equal(judge("plums pears\n## Response\nplums only"), 0.5);
  assert.equal(judge("plums pears\nAnswer:"), 0);
  assert.equal(judge("no label here"), hashFraction("no label here"));
  assert.ok(hashFraction("a") >= 0 && hashFraction("a") < 1);
  assert.notEqual(hashFraction("a"), hashFraction("b"));
});

test("text that looks like a special token is counted as text, and a cut leaves no half characters", async () => {
  const tokenizer = await loadTokenizer();
  assert.equal(tokenizer.count("hello world"), 2);
  assert.ok(tokenizer.count("<|endoftext|>") > 1);
  for (let limit = 0; limit < 12; limit += 1) {
    const cut = tokenizer.truncate("𒀀𒀁 and 𒀂𒀃", limit);
    assert.ok("𒀀𒀁 and 𒀂𒀃".startsWith(cut), cut);
  }
});

test("odd text in a question, half a surrogate pair or a special token, is answered like any other", async () => {
  await using at = await openEmulatedOpenAi();
  const analyst = await at.agent("analyst", { tools: [{ type: "web_search" }] });
  for (const input of ["<|endoftext|>", "\uD83D", `${"a".repeat(59)}😀`, "", "x".repeat(100_000)]) {
    const response = await at.client.responses.create({ input, ...analyst });
    assert.equal(response.status, "completed", input.slice(0, 70));
  }
});

test("a slow answer is slow without a stream too, and a second response waits for no lock when locks are off", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock, behaviour: { lockConversations: false } });
  const { id: conversation } = await at.client.conversations.create();
  const slow = at.client.responses.create({ model: "m", input: "emulate slow 33", conversation });
  assert.equal(await clock.nextSleep(), 33);
  const quick = await at.client.responses.create({ model: "m", input: "quick", conversation });
  assert.equal(quick.status, "completed");
  for (let word = 0; word < 10; word += 1) await clock.wakeNext();
  assert.equal((await slow).status, "completed");
});

test("a conversation may be left with an open call when outputs need not match", async () => {
  await using at = await openEmulatedOpenAi({ behaviour: { matchToolOutputs: false } });
  const analyst = await at.agent("analyst", { tools: [{ type: "function", name: "add", parameters: {} }] });
  const { id: conversation } = await at.client.conversations.create();
  await at.client.responses.create({ input: "call add", conversation, ...analyst });
  const next = await at.client.responses.create({ input: "never mind", conversation, ...analyst });
  assert.equal(next.status, "completed");
});
