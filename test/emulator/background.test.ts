import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";
import { HeldClock } from "../support/held-clock.ts";

test("a background response goes from queued over in_progress to completed", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock });
  const { id: conversation } = await at.client.conversations.create();
  const { id, status } = await at.client.responses.create({ model: "m", input: "a", background: true, conversation });
  assert.equal(status, "queued");
  const now = async () => await at.client.responses.retrieve(id);
  assert.equal((await now()).status, "queued");
  await clock.wakeNext();
  await clock.nextSleep();
  assert.equal((await now()).status, "in_progress");
  await clock.wakeNext();
  const ended = await now();
  assert.equal(ended.status, "completed");
  assert.match(ended.output_text, /You asked: "a"/u);
  assert.equal((await at.client.conversations.items.list(conversation)).data.length, 2);
});

test("a cancelled background response stays cancelled and leaves no trace in its conversation", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock });
  const { id: conversation } = await at.client.conversations.create();
  const { id } = await at.client.responses.create({ model: "m", input: "a", background: true, conversation });
  await clock.nextSleep();
  assert.equal((await at.client.responses.cancel(id)).status, "cancelled");
  assert.equal((await at.client.responses.cancel(id)).status, "cancelled");
  assert.equal((await at.client.responses.retrieve(id)).status, "cancelled");
  assert.deepEqual((await at.client.conversations.items.list(conversation)).data, []);
  const next = await at.client.responses.create({ model: "m", input: "b", conversation });
  assert.equal(next.status, "completed");
});

test("only a background response can be cancelled, and an ended one keeps its end", async () => {
  await using at = await openEmulatedOpenAi();
  const { id } = await at.client.responses.create({ model: "m", input: "a" });
  await assert.rejects(at.client.responses.cancel(id), /Cannot cancel a synchronous response/u);
});

test("a background response can be watched as a stream, and be replayed from any event", async () => {
  await using at = await openEmulatedOpenAi();
  const types: string[] = [];
  let id = "";
  const stream = await at.client.responses.create({ model: "m", input: "a", background: true, stream: true });
  for await (const event of stream) {
    types.push(event.type);
    if (event.type === "response.created") ({ id } = event.response);
  }
  assert.deepEqual(types.slice(0, 3), ["response.created", "response.queued", "response.in_progress"]);
  const replay = await at.client.responses.retrieve(id, { stream: true, starting_after: 2 });
  const again: string[] = [];
  for await (const event of replay) again.push(event.type);
  assert.deepEqual(again, types.slice(3));
});

test("a background response that a restart cuts off has failed, and frees its conversation", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "tenure-background-"));
  t.after(() => rm(directory, { recursive: true }));
  const dataFile = join(directory, "state.json");
  const { id, conversation } = await (async () => {
    await using at = await openEmulatedOpenAi({ dataFile, clock: new HeldClock() });
    const { id: conversation } = await at.client.conversations.create();
    const made = await at.client.responses.create({ model: "m", input: "a", background: true, conversation });
    return { id: made.id, conversation };
  })();
  await using at = await openEmulatedOpenAi({ dataFile });
  const ended = await at.client.responses.retrieve(id);
  assert.deepEqual([ended.status, ended.error?.code], ["failed", "server_error"]);
  assert.equal((await at.client.responses.create({ model: "m", input: "b", conversation })).status, "completed");
});

test("a reset while a background response is being made leaves nothing behind", async () => {
  const clock = new HeldClock();
  await using at = await openEmulatedOpenAi({ clock });
  const { id: conversation } = await at.client.conversations.create();
  await at.client.responses.create({ model: "m", input: "a", background: true, conversation });
  await at.call("POST", "/_emulator/reset");
  await clock.wakeNext();
  await clock.wakeNext();
  const { conversations, responses } = at.emulator.stats();
  assert.deepEqual([conversations, responses], [0, 0]);
});
