import assert from "node:assert/strict";
import { test } from "node:test";
import { BadRequestError, NotFoundError, toFile } from "openai";
import { openEmulatedOpenAi } from "../support/emulated-openai.ts";

test("files and vector stores are made, listed over pages, read and deleted by the OpenAI client", async () => {
  await using at = await openEmulatedOpenAi();
  const { files, vectorStores } = at.client;
  const file = await files.create({ file: await toFile(Buffer.from("Häuser"), "facts.txt"), purpose: "assistants" });
  assert.deepEqual([file.bytes, file.filename, file.purpose], [7, "facts.txt", "assistants"]);
  assert.deepEqual(await files.retrieve(file.id), file);
  const store = await vectorStores.create({ name: "facts", file_ids: [file.id], metadata: { team: "a" } });
  assert.deepEqual([store.name, store.file_counts.total, store.usage_bytes], ["facts", 1, 7]);
  for (let more = 0; more < 4; more += 1) await vectorStores.create({});
  const listed = await Array.fromAsync(vectorStores.list({ limit: 2 }));
  assert.deepEqual([listed.length, listed.at(-1)?.id], [5, store.id]);
  assert.equal((await Array.fromAsync(files.list())).length, 1);
  assert.equal((await vectorStores.delete(store.id)).deleted, true);
  assert.equal((await files.delete(file.id)).deleted, true);
  await assert.rejects(vectorStores.retrieve(store.id), NotFoundError);
  await assert.rejects(files.retrieve(file.id), NotFoundError);
});

test("a file that is no form, and a store of a file that is not there, are refused", async () => {
  await using at = await openEmulatedOpenAi();
  assert.equal((await at.call("POST", "/openai/v1/files", { purpose: "assistants" })).status, 400);
  await assert.rejects(at.client.vectorStores.create({ file_ids: ["file-none"] }), NotFoundError);
  await assert.rejects(at.client.vectorStores.create({ metadata: { a: "x".repeat(513) } }), BadRequestError);
});
