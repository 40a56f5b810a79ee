import assert from "node:assert/strict";
import test from "node:test";
import { AgentSessions } from "../../src/agent/index.ts";
import { sessionResource } from "../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";

const S1 = { agentName: "analyst", sessionId: "s1" };

async function withSession(world: AgentWorld): Promise<AgentSessions> {
  await world.agent({ sessionId: "s1", userId: "ann" }).run("One");
  return new AgentSessions({ manager: world.manager });
}

test("Sessions are listed by id, of one agent or all, in pages", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  await world.agent({ sessionId: "s2" }).run("One");
  await world.agent({ agentName: "critic", sessionId: "s3" }).run("One");
  const all = await sessions.list();
  assert.deepEqual(
    all.sessions.map(({ sessionId }) => sessionId),
    ["s1", "s2", "s3"],
  );
  const first = await sessions.list({ agentName: "analyst", limit: 1 });
  assert.equal(first.sessions[0]?.userId, "ann");
  const second = await sessions.list({ agentName: "analyst", limit: 1, cursor: first.cursor });
  assert.equal(second.sessions[0]?.sessionId, "s2");
  assert.match(first.sessions[0]?.createdAt ?? "", /Z$/);
});

test("A session is read with everything that was said", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  const { turns, items, conversationId } = await sessions.read(S1);
  assert.deepEqual(turns[0], { role: "user", text: "One" });
  assert.equal(turns.length, 2);
  assert.equal(items.length, 2);
  assert.match(conversationId ?? "", /^conv_/);
  await assert.rejects(sessions.read({ ...S1, sessionId: "nope" }), { code: "session_not_found" });
  await assert.rejects(sessions.read({ ...S1, agentName: "critic" }), { code: "session_not_found" });
});

test("A session is renamed, and wrong titles are refused", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  assert.equal((await sessions.rename({ ...S1, title: "Quarter" })).title, "Quarter");
  assert.equal((await sessions.rename({ ...S1, title: undefined })).title, undefined);
  await assert.rejects(sessions.rename({ ...S1, title: " " }), { code: "invalid_option" });
  await assert.rejects(sessions.rename({ ...S1, sessionId: "nope", title: "x" }), { code: "session_not_found" });
});

test("Ending a session deletes its conversation and its record, for good", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  assert.equal(await sessions.end(S1), true);
  assert.equal(await sessions.end(S1), false);
  await world.manager.flush();
  assert.deepEqual((await sessions.list()).sessions, []);
  assert.equal(world.emulator.stats().conversations, 0);
});

test("A session that is being run is not ended but reported as busy", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  const resource = sessionResource(world.manager.keyOf("analyst"), "s1");
  await world.manager.registry.leases.claim({ resource, holder: { id: "o", host: "h", pid: 1 }, ttlMs: 60_000 });
  await assert.rejects(sessions.end({ ...S1, waitMs: 0 }), { code: "session_busy" });
  await world.manager.runtime.sleep(2);
  const report = await sessions.expire({ unusedForMs: 0 });
  assert.deepEqual([report.ended.length, report.kept.length, report.failed.length], [0, 1, 0]);
});

test("Expiry ends what nobody has used for so long, and only that", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  await world.manager.runtime.sleep(2);
  assert.equal((await sessions.expire({ unusedForMs: 60_000 })).ended.length, 0);
  assert.equal((await sessions.expire({ unusedForMs: 0, dryRun: true })).ended.length, 1);
  assert.equal(world.emulator.stats().conversations, 1);
  assert.equal((await sessions.expire({ unusedForMs: 0 })).ended.length, 1);
  assert.equal(world.emulator.stats().conversations, 0);
  await assert.rejects(sessions.expire({ unusedForMs: -1 }), { code: "invalid_option" });
});

test("An exported session comes back where it was while the service has its conversation", async () => {
  await using world = await openAgentWorld();
  const document: unknown = JSON.parse(JSON.stringify(await (await withSession(world)).export(S1)));
  const other = world.world.manager({ registry: new MemoryRegistry() });
  const sessions = new AgentSessions({ manager: other });
  await assert.rejects(sessions.import(document), { code: "agent_not_found" });
  await other.getOrCreateAgent({ agentName: "analyst", instructions: "Be brief." });
  const imported = await sessions.import(document);
  assert.match(imported.conversationId ?? "", /^conv_/);
  const result = await world.agent({ sessionId: "s1", manager: other }).run("Two");
  assert.match(result.response ?? "", /turn 2, after: "One"/);
});

test("An exported session whose conversation is gone goes on with what was said, once", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  const document = await sessions.export(S1);
  await sessions.end(S1);
  const imported = await sessions.import(document);
  assert.equal(imported.conversationId, undefined);
  const agent = world.agent({ sessionId: "s1" });
  assert.match((await agent.run("Two")).response ?? "", /turn 2, after: "One"/);
  assert.match((await agent.run("Three")).response ?? "", /turn 3, after: "Two"/);
});

test("A session of another agent or scope is refused, unless it is to be a copy", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  const document = await sessions.export(S1);
  await assert.rejects(sessions.import(document), { code: "session_conflict" });
  await assert.rejects(sessions.import(document, { agentName: "critic" }), { code: "session_conflict" });
  const elsewhere = new AgentSessions({ manager: world.world.manager({ scope: "other" }) });
  await assert.rejects(elsewhere.import(document), { code: "session_conflict" });
  await world.agent({ agentName: "critic" }).run("Hello");
  const copy = await sessions.import(document, { agentName: "critic", sessionId: "s9", asCopy: true });
  assert.deepEqual([copy.agentName, copy.sessionId, copy.conversationId], ["critic", "s9", undefined]);
});

test("What is no exported session is refused with the place", async () => {
  await using world = await openAgentWorld();
  const sessions = await withSession(world);
  const document = await sessions.export(S1);
  const cases: readonly [document: unknown, path: RegExp][] = [
    [null, /the document/],
    [{}, /format/],
    [{ ...document, version: 2 }, /version/],
    [{ ...document, turns: [{ role: "system", text: "x" }] }, /turns\.0\.role/],
    [{ ...document, createdAt: "yesterday" }, /createdAt/],
    [{ ...document, fingerprint: "v1:x" }, /fingerprint/],
  ];
  for (const [value, message] of cases) await assert.rejects(sessions.import(value), { code: "invalid_data", message });
});
