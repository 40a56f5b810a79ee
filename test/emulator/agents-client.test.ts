import assert from "node:assert/strict";
import { test } from "node:test";
import { AIProjectClient } from "@azure/ai-projects";
import { RestError } from "@azure/core-rest-pipeline";
import { startEmulator, type Emulator } from "../../src/emulator/index.ts";

function openClient(emulator: Emulator): AIProjectClient {
  return new AIProjectClient(emulator.endpoint, emulator.credential, {
    ...(emulator.ca === undefined ? {} : { tlsOptions: { ca: emulator.ca } }),
    retryOptions: { maxRetries: 0 },
  });
}

async function namesOf(pages: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const names: string[] = [];
  for await (const item of pages) names.push(item.name);
  return names;
}

const definition = { kind: "prompt", model: "gpt-4.1", instructions: "Be brief." } as const;

test("the Azure client creates an agent, reads it and gets its metadata back", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  const version = await agents.createVersion("analyst", definition, { metadata: { owner: "a" }, description: "d" });
  assert.equal(version.id, "analyst:1");
  assert.deepEqual(version.metadata, { owner: "a" });
  assert.equal(version.description, "d");
  const agent = await agents.get("analyst");
  assert.equal(agent.id, "analyst");
  assert.equal(agent.versions.latest.version, "1");
  assert.ok(Math.abs(agent.versions.latest.created_at.getTime() - Date.now()) < 60_000);
});

test("the same definition makes no second version and another one does, in create, update and createVersion", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  await agents.create("analyst", definition);
  assert.equal((await agents.createVersion("analyst", definition)).version, "1");
  assert.equal((await agents.update("analyst", definition)).versions.latest.version, "1");
  assert.equal((await agents.update("analyst", { ...definition, temperature: 1 })).versions.latest.version, "2");
  assert.equal((await agents.create("analyst", definition)).versions.latest.version, "3");
  assert.deepEqual(emulator.stats().created, { agents: 1, versions: 3, conversations: 0, responses: 0 });
});

test("the Azure client pages through agents in both orders, between cursors and while it deletes", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  for (const name of ["a", "b", "c", "d", "e"]) await agents.createVersion(name, definition);
  assert.deepEqual(await namesOf(agents.list({ limit: 2, order: "asc" })), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(await namesOf(agents.list({ limit: 2 })), ["e", "d", "c", "b", "a"]);
  assert.deepEqual(await namesOf(agents.list({ limit: 2, order: "asc", before: "d" })), ["a", "b", "c"]);
  assert.deepEqual(await namesOf(agents.list({ limit: 2, order: "asc", after: "b" })), ["c", "d", "e"]);
  assert.deepEqual(await namesOf(agents.list({ kind: "hosted" })), []);
  for await (const agent of agents.list({ limit: 2 })) await agents.delete(agent.name);
  assert.deepEqual(await namesOf(agents.list()), []);
});

test("the Azure client pages through versions, also past one that it has deleted", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  for (const instructions of ["1", "2", "3", "4"]) {
    await agents.createVersion("analyst", { ...definition, instructions });
  }
  const seen: string[] = [];
  for await (const version of agents.listVersions("analyst", { limit: 1 })) {
    seen.push(version.version);
    if (version.version !== "1") await agents.deleteVersion("analyst", version.version);
  }
  assert.deepEqual(seen, ["4", "3", "2", "1"]);
  assert.equal((await agents.getVersion("analyst", "@latest")).version, "1");
  assert.equal((await agents.createVersion("analyst", { ...definition, instructions: "5" })).version, "5");
});

test("deleting an agent takes its versions with it, and deleting its only version takes the agent", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  await agents.createVersion("a", definition);
  await agents.createVersion("a", { ...definition, instructions: "2" });
  await agents.createVersion("b", definition);
  assert.deepEqual(await agents.delete("a"), { object: "agent.deleted", name: "a", deleted: true });
  assert.equal((await agents.deleteVersion("b", "1")).deleted, true);
  const { created, deleted, ...live } = emulator.stats();
  assert.deepEqual(live, { agents: 0, versions: 0, conversations: 0, responses: 0 });
  assert.deepEqual([created.versions, deleted.versions, deleted.agents], [3, 3, 2]);
});

test("an absent agent and a wrong name reach the Azure client as errors with status and code", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  const hasFacts = (statusCode: number, code: string, message: RegExp) => (error: unknown) =>
    error instanceof RestError && error.statusCode === statusCode && error.code === code && message.test(error.message);
  await assert.rejects(agents.get("nobody"), hasFacts(404, "not_found", /Agent nobody doesn't exist/));
  await assert.rejects(agents.delete("nobody"), hasFacts(404, "not_found", /nobody/));
  await assert.rejects(
    agents.createVersion("market_analyst", definition),
    hasFacts(400, "invalid_parameters", /Must start and end with alphanumeric characters/),
  );
});

test("the Azure client disables, enables and pins an agent", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  await agents.createVersion("a", definition);
  await agents.createVersion("a", { ...definition, instructions: "2" });
  await agents.disable("a");
  await agents.disable("a");
  assert.equal((await agents.get("a")).state, "disabled");
  await agents.enable("a");
  assert.equal((await agents.get("a")).state, "enabled");
  const pinned = await agents.patchAgentObject("a", {
    agentEndpoint: {
      version_selector: {
        version_selection_rules: [{ type: "FixedRatio", agent_version: "1", traffic_percentage: 100 }],
      },
    },
  });
  const [rule] = pinned.agent_endpoint?.version_selector?.version_selection_rules ?? [];
  assert.equal(rule?.agent_version, "1");
});

test("the Azure client makes, lists, stops and deletes a session", async () => {
  await using emulator = await startEmulator();
  const { agents } = openClient(emulator);
  await agents.createVersion("a", definition);
  const session = await agents.createSession("a", { type: "version_ref", agent_version: "1" });
  const ids: string[] = [];
  for await (const listed of agents.listSessions("a")) ids.push(listed.agent_session_id);
  assert.deepEqual(ids, [session.agent_session_id]);
  await agents.stopSession("a", session.agent_session_id);
  assert.equal((await agents.getSession("a", session.agent_session_id)).status, "idle");
  await agents.deleteSession("a", session.agent_session_id);
  await agents.deleteSession("a", session.agent_session_id);
});

test("the Azure client lists the model deployment and no connections", async () => {
  await using emulator = await startEmulator({ model: "gpt-test" });
  const client = openClient(emulator);
  assert.deepEqual(await namesOf(client.deployments.list()), ["gpt-test"]);
  assert.equal((await client.deployments.get("gpt-test")).name, "gpt-test");
  assert.deepEqual(await namesOf(client.connections.list()), []);
});
