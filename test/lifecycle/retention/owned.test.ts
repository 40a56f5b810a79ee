import assert from "node:assert/strict";
import { test } from "node:test";
import { type OpenAI, toFile } from "openai";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { openAiClient } from "../../support/emulated-openai.ts";
import { rejectsWith } from "../lifecycle-world.ts";
import { MINUTE, openRetention, type RetentionWorld } from "./retention-world.ts";

const IDLE: RetentionPolicies = { idleAgents: { unusedFor: "10m" }, grace: "5m", orphans: false };

interface Resources {
  readonly vectorStores: readonly string[];
  readonly files: readonly string[];
  readonly conversations: readonly string[];
}

async function makeResources(client: OpenAI): Promise<Resources> {
  const file = await client.files.create({ file: await toFile(Buffer.from("Facts."), "f.txt"), purpose: "assistants" });
  const store = await client.vectorStores.create({ file_ids: [file.id] });
  const conversation = await client.conversations.create();
  return { vectorStores: [store.id], files: [file.id], conversations: [conversation.id] };
}

async function left(client: OpenAI, world: RetentionWorld): Promise<readonly number[]> {
  const stores = await Array.fromAsync(client.vectorStores.list());
  const files = await Array.fromAsync(client.files.list());
  return [stores.length, files.length, world.lifecycle.world.emulator.stats().conversations];
}

test("what a configuration owns goes with its agent by policy, and what another agent names too stays until that one goes", async () => {
  await using world = await openRetention();
  const client = openAiClient(world.lifecycle.world.emulator);
  const manager = world.manager();
  const [own, shared] = [await makeResources(client), await makeResources(client)];
  const owned = { ...own, files: [...own.files, ...shared.files] };
  await manager.getOrCreateAgent({ agentName: "idle", instructions: "I.", owned });
  await manager.getOrCreateAgent({ agentName: "used", instructions: "I.", owned: { files: shared.files } });
  await manager.flush();
  for (const advance of [10, 5]) {
    world.runtime.advance(advance * MINUTE);
    await manager.getOrCreateAgent({ agentName: "used", instructions: "I.", owned: { files: shared.files } });
    await manager.flush();
    await manager.cleanup({ apply: true, policies: IDLE });
  }
  assert.deepEqual(
    (await manager.listAgents()).map(({ agentName }) => agentName),
    ["used"],
  );
  assert.deepEqual(await left(client, world), [1, 1, 1], "only what the other agent names, or nobody");
  const { items } = await manager.registry.events.list({
    location: manager.service.location,
    types: ["agent.deleted"],
  });
  const [deleted] = items;
  assert.ok(deleted);
  assert.deepEqual((deleted.data["evidence"] as Record<string, unknown>)["owned"], {
    vectorStores: 1,
    files: 1,
    conversations: 1,
    shared: 1,
  });
  await manager.cleanupAgent("used");
  assert.deepEqual(await left(client, world), [1, 0, 1]);
});

test("cleanupAgent deletes what the agent owns, and what is gone already is fine", async () => {
  await using world = await openRetention();
  const client = openAiClient(world.lifecycle.world.emulator);
  const manager = world.manager();
  const owned = await makeResources(client);
  await manager.getOrCreateAgent({ agentName: "a", instructions: "I.", owned });
  await client.vectorStores.delete(owned.vectorStores[0] ?? "");
  assert.equal(await manager.cleanupAgent("a"), true);
  assert.deepEqual(await left(client, world), [0, 0, 0]);
});

test("the list is no part of the fingerprint: it is noted anew when it changes, stays when it is left out, and {} empties it", async () => {
  await using world = await openRetention();
  const [manager, other] = [world.manager(), world.manager()];
  const request = { agentName: "a", instructions: "I." };
  const noted = async (): Promise<unknown> =>
    (await manager.registry.agents.get({ key: manager.keyOf("a") }))?.settings["owned"];
  const first = await manager.getOrCreateAgent({ ...request, owned: { files: ["file-2", "file-1", "file-1"] } });
  assert.deepEqual(await noted(), { vectorStores: [], files: ["file-1", "file-2"], conversations: [] });
  const again = await other.getOrCreateAgent({ ...request, owned: { files: ["file-3"] } });
  assert.deepEqual([again.fingerprint, again.remote.id], [first.fingerprint, first.remote.id]);
  assert.deepEqual(await noted(), { vectorStores: [], files: ["file-3"], conversations: [] });
  await other.getOrCreateAgent(request);
  await manager.getOrCreateAgent({ agentName: "a", instructions: "Another." });
  assert.deepEqual(await noted(), { vectorStores: [], files: ["file-3"], conversations: [] });
  await manager.getOrCreateAgent({ ...request, owned: {} });
  assert.deepEqual(await noted(), { vectorStores: [], files: [], conversations: [] });
});

test("a list that is wrong is refused by the place where it is", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const wrong: readonly [unknown, "invalid_config" | "unknown_field", RegExp][] = [
    [[], "invalid_config", /`owned`/],
    [{ files: "file-1" }, "invalid_config", /`owned\.files`/],
    [{ files: ["file-1", ""] }, "invalid_config", /`owned\.files\[1\]`/],
    [{ stores: [] }, "unknown_field", /stores/],
    [{ conversations: Array.from({ length: 101 }, (_, n) => `conv_${n}`) }, "invalid_config", /at most 100 ids/],
  ];
  for (const [owned, code, message] of wrong) {
    const request = { agentName: "a", instructions: "I.", owned: owned as object };
    assert.match((await rejectsWith(manager.getOrCreateAgent(request), code)).message, message);
  }
});
