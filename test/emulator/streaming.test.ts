import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";
import { HeldClock } from "../support/held-clock.ts";

test("a stream over TLS has the service's order, and its pieces give the whole answer", async () => {
  await using at = await openEmulatedOpenAi({ http: false });
  const analyst = await at.agent("analyst");
  const stream = await at.client.responses.create({ input: "hi", stream: true, ...analyst });
  const types: string[] = [];
  const numbers: number[] = [];
  let text = "";
  let final = "";
  for await (const event of stream) {
    if (types.at(-1) !== event.type) types.push(event.type);
    numbers.push(event.sequence_number);
    if (event.type === "response.output_text.delta") text += event.delta;
    if (event.type === "response.completed") final = JSON.stringify(event.response.output);
  }
  assert.deepEqual(types, [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual(numbers, [...numbers.keys()]);
  assert.match(text, /analyst:1/u);
  assert.ok(final.includes(JSON.stringify(text)));
});

test("the client's stream helper rebuilds messages, searches, citations and function calls", async () => {
  await using at = await openEmulatedOpenAi();
  const tools = [{ type: "web_search" }, { type: "function", name: "add", parameters: { type: "object" } }];
  const analyst = await at.agent("analyst", { tools });
  const rebuild = async (input: string) => {
    const streamed = await at.client.responses.stream({ model: "m", input, ...analyst }).finalResponse();
    const stored = await at.client.responses.retrieve(streamed.id);
    assert.deepEqual(streamed.usage, stored.usage);
    return streamed.output;
  };
  const [search, message] = await rebuild("What is new?");
  assert.equal(search?.type, "web_search_call");
  assert.ok(message?.type === "message" && message.content[0]?.type === "output_text");
  assert.equal(message.content[0].annotations[0]?.type, "url_citation");
  const [call] = await rebuild('call add {"a":1}');
  assert.ok(call?.type === "function_call");
  assert.deepEqual([call.name, call.arguments], ["add", '{"a":1}']);
  const [refused] = await rebuild("emulate refusal");
  assert.ok(refused?.type === "message" && refused.content[0]?.type === "refusal");
});

test("a stream that fails or is filtered says so in its last event", async () => {
  await using at = await openEmulatedOpenAi();
  const lastOf = async (input: string): Promise<string> => {
    let last = "";
    for await (const event of await at.client.responses.create({ model: "m", input, stream: true })) last = event.type;
    return last;
  };
  assert.equal(await lastOf("emulate failed"), "response.failed");
  assert.equal(await lastOf("emulate content_filter"), "response.incomplete");
});

// In `[tenure emulator] m, turn 1. You asked: "emulate slow 70"`: one delta each.
const WORDS = 10;

test("a slow stream waits before every delta and holds its conversation until it ends", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock });
  const { id: conversation } = await at.client.conversations.create();
  const stream = await at.client.responses.create({ model: "m", input: "emulate slow 70", conversation, stream: true });
  assert.equal(await clock.nextSleep(), 70);
  await assert.rejects(
    at.client.responses.create({ model: "m", input: "me too", conversation }),
    /Another process is currently/u,
  );
  let deltas = 0;
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") deltas += 1;
    const isBeforeDelta = event.type === "response.content_part.added" || event.type === "response.output_text.delta";
    if (isBeforeDelta && deltas < WORDS) assert.equal(await clock.wakeNext(), 70);
  }
  assert.equal(deltas, WORDS);
});

test("a client that leaves a stream does not undo the response", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock });
  const { id: conversation } = await at.client.conversations.create();
  const stream = await at.client.responses.create({ model: "m", input: "emulate slow 9", conversation, stream: true });
  for await (const event of stream) if (event.type === "response.created") break;
  const items = async (): Promise<number> => (await at.client.conversations.items.list(conversation)).data.length;
  assert.equal(await items(), 0);
  for (let word = 0; word < WORDS; word += 1) await clock.wakeNext();
  assert.equal(await items(), 2);
});
