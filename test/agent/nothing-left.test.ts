import assert from "node:assert/strict";
import test from "node:test";
import { AgentSessions } from "../../src/agent/index.ts";
import { defineTool } from "../../src/config/index.ts";
import { addResponseIds } from "../../src/manager/index.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";

const S1 = { agentName: "analyst", sessionId: "s1" };
const NOTHING = { agents: 0, versions: 0, conversations: 0, responses: 0 };

/** What the service holds. */
function held({ emulator }: AgentWorld): object {
  const { agents, versions, conversations, responses } = emulator.stats();
  return { agents, versions, conversations, responses };
}

test("cleanupAgent of the manager leaves nothing of the sessions that its agents ran", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1" }).run("One");
  await world.agent({ sessionId: "s1" }).run("Two");
  await world.agent({ sessionId: "s2" }).run("One");
  assert.deepEqual(held(world), { agents: 1, versions: 1, conversations: 2, responses: 3 });
  assert.equal(await world.manager.cleanupAgent("analyst"), true);
  assert.deepEqual(held(world), NOTHING);
});

test("clearHistory deletes the answers with the conversation, those between tool calls too", async () => {
  await using world = await openAgentWorld();
  const add = defineTool({ name: "add", description: "Adds.", parameters: { type: "object" }, handler: () => 42 });
  const agent = world.agent({ sessionId: "s1", tools: [add] });
  await agent.run("call add {}");
  assert.equal(world.emulator.stats().responses, 2);
  await agent.clearHistory();
  assert.deepEqual(held(world), { agents: 1, versions: 1, conversations: 0, responses: 0 });
  await agent.run("Two");
  await agent.clearHistory();
  assert.equal(world.requests("DELETE", /\/responses\//).length, 3, "each answer is deleted once");
});

test("Ending a session deletes its answers; those of a conversation that was lost meanwhile too", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  const sessions = new AgentSessions({ manager: world.manager });
  const { conversationId } = await sessions.read(S1);
  await world.manager.service.runs.deleteConversation({ conversationId: conversationId ?? "" });
  await agent.run("Two");
  assert.equal(world.emulator.stats().responses, 2);
  assert.equal(await sessions.end(S1), true);
  assert.deepEqual(held(world), { agents: 1, versions: 1, conversations: 0, responses: 0 });
});

test("An answer that the service refuses to delete does not keep its session from ending; a passing failure does", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1" }).run("One");
  const sessions = new AgentSessions({ manager: world.manager });
  const fault = { method: "DELETE", path: "/responses/", effect: "status", times: 1 } as const;
  world.emulator.faults([{ ...fault, status: 500 }]);
  await assert.rejects(sessions.end(S1), { code: "service_unavailable" });
  assert.equal((await sessions.list()).sessions.length, 1);
  world.emulator.faults([{ ...fault, status: 400, body: { error: { code: "unsupported", message: "No." } } }]);
  assert.equal(await sessions.end(S1), true);
  assert.deepEqual(held(world), { agents: 1, versions: 1, conversations: 0, responses: 1 });
});

test("A session remembers its hundred newest answers", () => {
  const ids = Array.from({ length: 150 }, (_, index) => `resp_${index}`);
  assert.deepEqual(addResponseIds(ids.slice(0, 99), ids.slice(99)), ids.slice(50));
});
