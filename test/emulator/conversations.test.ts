import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NotFoundError } from "openai";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";

test("a conversation is created with items, changed, read and deleted by the OpenAI client", async () => {
  await using at = await openEmulatedOpenAi();
  const { conversations } = at.client;
  const made = await conversations.create({
    items: [{ type: "message", role: "user", content: "hi" }],
    metadata: { user: "u1" },
  });
  assert.match(made.id, /^conv_/u);
  assert.deepEqual(made.metadata, { user: "u1" });
  assert.ok(Math.abs(made.created_at - Date.now() / 1000) < 60);
  await conversations.update(made.id, { metadata: { user: "u2" } });
  assert.deepEqual((await conversations.retrieve(made.id)).metadata, { user: "u2" });
  assert.equal(at.emulator.stats().conversations, 1);
  const gone = await conversations.delete(made.id);
  assert.deepEqual(gone, { id: made.id, object: "conversation.deleted", deleted: true });
  await assert.rejects(conversations.retrieve(made.id), NotFoundError);
  assert.equal(at.emulator.stats().conversations, 0);
});

test("items are paged to the end in both orders", async () => {
  await using at = await openEmulatedOpenAi();
  const { conversations } = at.client;
  const { id } = await conversations.create();
  for (const content of ["a", "b", "c", "d", "e"]) {
    await conversations.items.create(id, { items: [{ role: "user", content }] });
  }
  const texts = async (order: "asc" | "desc"): Promise<string[]> => {
    const found: string[] = [];
    for await (const item of conversations.items.list(id, { limit: 2, order })) {
      const part = item.type === "message" ? item.content[0] : undefined;
      found.push(part?.type === "input_text" ? part.text : "?");
    }
    return found;
  };
  assert.deepEqual(await texts("asc"), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(await texts("desc"), ["e", "d", "c", "b", "a"]);
  const page = await at.call("GET", `/openai/v1/conversations/${id}/items?limit=2`);
  assert.equal(page.body["has_more"], true);
});

test("one item is read and removed without touching the others", async () => {
  await using at = await openEmulatedOpenAi();
  const { items } = at.client.conversations;
  const { id: conversation_id } = await at.client.conversations.create();
  const added = await items.create(conversation_id, {
    items: [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
    ],
  });
  const [first, second] = added.data.map((item) => item.id ?? "");
  assert.ok(first !== undefined && second !== undefined);
  assert.equal((await items.retrieve(first, { conversation_id })).type, "message");
  await items.delete(first, { conversation_id });
  await assert.rejects(items.retrieve(first, { conversation_id }), NotFoundError);
  assert.equal((await items.list(conversation_id)).data.length, 1);
});

test("limits on items and metadata are kept, and nothing is half made", async () => {
  await using at = await openEmulatedOpenAi();
  const tooMany = Array.from({ length: 21 }, () => ({ role: "user", content: "a" }));
  const pairs = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "v"]));
  const bodies = [
    { items: tooMany },
    { items: [{ role: "nobody", content: "a" }] },
    { items: [{ type: "function_call_output", output: "1" }] },
    { items: [1] },
    { metadata: pairs },
    { metadata: { ["k".repeat(65)]: "v" } },
    { metadata: { k: "v".repeat(513) } },
    { metadata: { k: 1 } },
  ];
  for (const body of bodies) {
    const { status, text } = await at.call("POST", "/openai/v1/conversations", body);
    assert.equal(status, 400, text);
    assert.match(text, /"code":"invalid_payload"/u);
  }
  const { body } = await at.call("POST", "/openai/v1/conversations", { items: tooMany.slice(1) });
  assert.equal(at.emulator.stats().created.conversations, 1);
  const bad = await at.call("GET", `/openai/v1/conversations/${String(body["id"])}/items?limit=101`);
  assert.equal(bad.status, 400);
});

test("conversations and responses survive a restart with the same data file", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "tenure-conversations-"));
  t.after(() => rm(directory, { recursive: true }));
  const dataFile = join(directory, "state.json");
  const first = await (async () => {
    await using at = await openEmulatedOpenAi({ dataFile });
    const { id: conversation } = await at.client.conversations.create();
    return await at.client.responses.create({ model: "m", input: "Before the restart", conversation });
  })();
  await using at = await openEmulatedOpenAi({ dataFile });
  assert.equal((await at.client.responses.retrieve(first.id)).output_text, first.output_text);
  const conversation = first.conversation?.id ?? "";
  const next = await at.client.responses.create({ model: "m", input: "After it", conversation });
  assert.match(next.output_text, /turn 2, after: "Before the restart"/u);
  assert.notEqual(next.id, first.id);
});
