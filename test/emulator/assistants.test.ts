import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentsClient } from "@azure/ai-agents";
import { openEmulator } from "../support/emulator-call.ts";

test("the classic client makes, reads, changes, lists and deletes agents", async () => {
  await using world = await openEmulator();
  const { endpoint, credential, ca } = world.emulator;
  const client = new AgentsClient(endpoint, credential, { tlsOptions: { ca } });
  const made = await client.createAgent("gpt-4.1", { name: "twin", instructions: "One.", metadata: { a: "b" } });
  const twin = await client.createAgent("gpt-4.1", { name: "twin" });
  assert.notEqual(made.id, twin.id);
  assert.match(made.id, /^asst_/);
  const changed = await client.updateAgent(made.id, { instructions: "Two." });
  assert.equal(changed.instructions, "Two.");
  assert.deepEqual((await client.getAgent(made.id)).metadata, { a: "b" });
  const listed = await Array.fromAsync(client.listAgents(), (agent) => agent.id);
  assert.deepEqual(listed.toSorted(), [made.id, twin.id].toSorted());
  assert.deepEqual(
    { ...(await client.deleteAgent(made.id)) },
    { id: made.id, object: "assistant.deleted", deleted: true },
  );
  await assert.rejects(client.getAgent(made.id), { statusCode: 404 });
});

test("neither API shows what the other holds, and an agent's name is no assistant's id", async () => {
  await using world = await openEmulator();
  await world.call("POST", "/agents/weather/versions", { definition: { kind: "prompt", model: "gpt-4.1" } });
  assert.deepEqual((await world.call("GET", "/assistants")).body["data"], []);
  const answer = await world.call("GET", "/assistants/weather");
  assert.equal(answer.status, 400);
  assert.match(answer.text, /Expected an ID that begins with 'asst'/);
});
