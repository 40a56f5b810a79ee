import assert from "node:assert/strict";
import test from "node:test";
import { AgentSessions, ProductionAgent } from "../../src/agent/index.ts";
import { sessionResource } from "../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { collect, ofType, openAgentWorld } from "./agent-world.ts";

test("Runs of one session are turns of one conversation", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  const second = await agent.run("Two");
  assert.match(second.response ?? "", /turn 2, after: "One"/);
  assert.equal(world.emulator.stats().conversations, 1);
});

test("Another object goes on with the session by its id, and reads what was said", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1" }).run("One");
  const later = world.agent({ sessionId: "s1" });
  assert.deepEqual(later.history, []);
  const history = await later.loadHistory();
  assert.deepEqual(
    history.map(({ role }) => role),
    ["user", "assistant"],
  );
  assert.match((await later.run("Two")).response ?? "", /turn 2, after: "One"/);
});

test("Objects without a session id have a session of their own each", async () => {
  await using world = await openAgentWorld();
  const [one, two] = [world.agent(), world.agent()];
  assert.notEqual(one.sessionId, two.sessionId);
  await one.run("One");
  assert.match((await two.run("Two")).response ?? "", /turn 1/);
});

test("The same id at another agent is another session", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1" }).run("One");
  const other = world.agent({ agentName: "critic", sessionId: "s1" });
  assert.match((await other.run("Two")).response ?? "", /turn 1/);
});

test("Overlapping runs of one session are run one after the other, in their order", async () => {
  await using world = await openAgentWorld();
  const [one, two] = [world.agent({ sessionId: "s1" }), world.agent({ sessionId: "s1" })];
  const results = await Promise.all([one.run("Q1"), two.run("Q2"), one.run("Q3"), two.run("Q4"), one.run("Q5")]);
  assert.ok(results.every(({ success }) => success));
  results.forEach(({ response }, index) =>
    assert.match(response ?? "", new RegExp(`turn ${index + 1}[,.] .*Q${index + 1}`)),
  );
  assert.equal(world.emulator.stats().created.conversations, 1);
});

test("Overlapping runs of one process wait for each other even when nothing is waited for in other processes", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1", sessionWaitMs: 0 });
  const results = await Promise.all(["Q1", "Q2", "Q3"].map((query) => agent.run(query)));
  assert.deepEqual(
    results.map(({ error }) => error?.code),
    [undefined, undefined, undefined],
  );
});

test("Two managers of one registry run a session one after the other", async () => {
  const registry = new MemoryRegistry();
  await using world = await openAgentWorld({ manager: { registry } });
  const other = world.world.manager({ registry });
  const agents = [world.agent({ sessionId: "s1" }), world.agent({ sessionId: "s1", manager: other })];
  const results = await Promise.all(agents.flatMap((agent, index) => [agent.run(`A${index}`), agent.run(`B${index}`)]));
  assert.ok(results.every(({ success }) => success));
  assert.deepEqual(
    new Set(results.map(({ response }) => /turn (\d)/.exec(response ?? "")?.[1])),
    new Set(["1", "2", "3", "4"]),
  );
  assert.equal(world.emulator.stats().created.conversations, 1);
});

test("A session that another process keeps for too long is refused as busy, and nothing is asked", async () => {
  await using world = await openAgentWorld();
  const key = world.manager.keyOf("analyst");
  const holder = { id: "other", host: "elsewhere", pid: 7 };
  await world.manager.registry.leases.claim({ resource: sessionResource(key, "s1"), holder, ttlMs: 60_000 });
  const result = await world.agent({ sessionId: "s1", sessionWaitMs: 20 }).run("One");
  assert.equal(result.error?.code, "session_busy");
  assert.equal(result.error?.retryable, true);
  assert.equal(world.emulator.requests().length, 0);
});

test("A waiting run ends at once when its caller cancels it, and the next in the queue comes", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  const caller = new AbortController();
  const first = agent.run("emulate slow 5");
  const second = agent.run("Two", { signal: caller.signal });
  const third = agent.run("Three");
  caller.abort();
  assert.equal((await second).error?.code, "aborted");
  assert.equal((await first).success, true);
  assert.match((await third).response ?? "", /turn 2/);
});

test("clearHistory deletes the service's conversation, and the session begins anew", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  await agent.clearHistory();
  assert.deepEqual(agent.history, []);
  assert.equal(world.emulator.stats().conversations, 0);
  assert.match((await agent.run("Two")).response ?? "", /turn 1/);
  assert.equal(agent.sessionId, "s1");
});

test("clearHistory of a session that was never run does nothing", async () => {
  await using world = await openAgentWorld();
  await world.agent().clearHistory();
  assert.equal(world.emulator.requests().length, 0);
});

test("A conversation that was deleted behind our back is begun anew, and the run says so", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  const record = await world.manager.registry.sessions.get({ key: world.manager.keyOf("analyst"), sessionId: "s1" });
  await world.manager.service.runs.deleteConversation({ conversationId: record?.conversationId ?? "" });
  const result = await agent.run("Two");
  assert.match(result.response ?? "", /turn 1/);
  assert.deepEqual(
    result.notices.map(({ code }) => code),
    ["conversation_lost"],
  );
});

test("A session belongs to the first user that it saw", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1", userId: "ann" }).run("One");
  const result = await world.agent({ sessionId: "s1" }).run("What was said?", { userId: "bob" });
  assert.equal(result.error?.code, "session_conflict");
  assert.equal((await world.agent({ sessionId: "s1" }).run("Two", { userId: "ann" })).success, true);
});

test("When the agent changes a session moves with it and says so, or stays pinned, by policy", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "moving" }).run("One");
  await world.agent({ sessionId: "pinned" }).run("One");
  const changed = { instructions: "Be long." };
  const moved = await world.agent({ ...changed, sessionId: "moving" }).run("Two");
  assert.match(moved.response ?? "", /analyst:2 .*turn 2/);
  assert.deepEqual(
    moved.notices.map(({ code }) => code),
    ["session_moved"],
  );
  const pinned = await world.agent({ ...changed, sessionId: "pinned", onAgentChange: "pin" }).run("Two");
  assert.match(pinned.response ?? "", /analyst:1 .*turn 2/);
  assert.deepEqual(pinned.notices, []);
});

test("A session whose pinned revision is gone goes on with the present one and says so", async () => {
  await using world = await openAgentWorld();
  await world.agent({ sessionId: "s1" }).run("One");
  await world.agent({ instructions: "Be long." }).run("Other");
  const [revision] = await Array.fromAsync(world.manager.service.listRevisions({ serviceName: "analyst" })).then(
    (all) => all.slice(-1),
  );
  assert.ok(revision !== undefined);
  await world.manager.service.deleteRevision({ ref: revision.ref });
  const result = await world.agent({ instructions: "Be long.", sessionId: "s1", onAgentChange: "pin" }).run("Two");
  assert.match(result.response ?? "", /analyst:2 .*turn 2/);
  assert.deepEqual(
    result.notices.map(({ code }) => code),
    ["pin_lost"],
  );
});

test("An agent deleted behind our back is made again, and the run is repeated once", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  await world.manager.service.deleteAgent({ serviceName: "analyst" });
  const events = await collect(agent.stream("Two"));
  const last = events.at(-1);
  assert.ok(last?.type === "result" && last.response.success);
  assert.equal(last.response.agentReused, false);
  assert.equal(ofType(events, "notice")[0]?.code, "agent_repaired");
  assert.match(last.response.response, /turn 2, after: "One"/);
  assert.equal(world.emulator.stats().versions, 1);
});

test("cleanup ends a session that only this object knew, keeps a named one, and leaves the shared agent", async () => {
  await using world = await openAgentWorld();
  const [own, named] = [world.agent(), world.agent({ sessionId: "s1" })];
  await own.run("One");
  await named.run("One");
  assert.deepEqual([await own.cleanup(), await named.cleanup()], [false, false]);
  const { agents, conversations } = world.emulator.stats();
  assert.deepEqual({ agents, conversations }, { agents: 1, conversations: 1 });
});

test("cleanup with deleteAgent deletes the shared agent and every session of it", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  await world.agent({ sessionId: "s2" }).run("One");
  await world.manager.runtime.sleep(2);
  assert.equal(await agent.cleanup({ deleteAgent: true }), true);
  const { agents, conversations } = world.emulator.stats();
  assert.deepEqual({ agents, conversations }, { agents: 0, conversations: 0 });
});

test("An agent of one's own is made anew, used by all runs of the object, and deleted by cleanup", async () => {
  await using world = await openAgentWorld();
  await world.agent().run("Shared");
  const own = world.agent({ reuseAgent: false });
  const [first, second] = await Promise.all([own.run("One"), own.run("Two")]);
  assert.ok(first.success && second.success);
  assert.deepEqual(new Set([first.agentReused, second.agentReused]), new Set([false, true]));
  assert.equal(world.emulator.stats().agents, 2);
  assert.equal(await own.cleanup(), true);
  const { agents, conversations } = world.emulator.stats();
  assert.deepEqual({ agents, conversations }, { agents: 1, conversations: 1 });
});

test("Every preset runs, by its own name and with its own instructions", async () => {
  await using world = await openAgentWorld();
  for (const name of ["market_analyst", "research_assistant", "technical_advisor"] as const) {
    const agent = ProductionAgent.fromPreset(name, { manager: world.manager, instructions: undefined });
    assert.equal(agent.agentName, name);
    assert.ok((await agent.run("Hello")).success);
  }
  assert.equal(world.emulator.stats().agents, 3);
});

test("An option that is undefined takes nothing of a preset away", async () => {
  await using world = await openAgentWorld();
  const { manager } = world;
  const plain = await ProductionAgent.fromPreset("market_analyst", { manager }).run("Hello");
  const given = { manager, agentName: undefined, instructions: undefined } as unknown as { manager: typeof manager };
  const same = await ProductionAgent.fromPreset("market_analyst", given).run("Hello");
  assert.deepEqual([plain.success, same.success, same.agentReused], [true, true, true]);
  assert.equal(world.emulator.stats().versions, 1);
});

test("What becomes of a session is told to listeners and kept in the audit trail", async () => {
  await using world = await openAgentWorld();
  const agent = world.agent({ sessionId: "s1" });
  await agent.run("One");
  await world.agent({ sessionId: "s1", instructions: "Be long." }).run("Two");
  await agent.clearHistory();
  await new AgentSessions({ manager: world.manager }).end({ agentName: "analyst", sessionId: "s1" });
  const expected = ["session.started", "session.moved", "session.cleared", "session.ended"];
  const told = world.world.events.map(({ type }) => type as string);
  assert.deepEqual(
    told.filter((type) => type.startsWith("session.")),
    expected,
  );
  const { location } = world.manager.service;
  const trail = await world.manager.registry.events.list({ location, types: expected });
  assert.deepEqual(
    trail.items.map(({ type, data }) => [type, data["sessionId"]]),
    expected.map((type) => [type, "s1"]),
  );
});

test("clearHistory has its place among the runs of the object, also when nobody waits for it", async () => {
  for (const reuseAgent of [true, false]) {
    await using world = await openAgentWorld();
    const agent = world.agent({ reuseAgent });
    const one = agent.run("One");
    const cleared = agent.clearHistory();
    const [two, three] = [agent.run("Two"), agent.run("Three")];
    const answers = (await Promise.all([one, two, three])).map(({ response }) => response ?? "");
    await cleared;
    assert.match(answers[1] ?? "", /turn 1\. You asked: "Two"/);
    assert.match(answers[2] ?? "", /turn 2, after: "Two"/);
    assert.deepEqual(
      agent.history.filter(({ role }) => role === "user").map(({ text }) => text),
      ["Two", "Three"],
    );
    const again = agent.clearHistory();
    const four = await agent.run("Four");
    await again;
    assert.match(four.response ?? "", /turn 1\./);
    await agent.cleanup({ deleteAgent: true });
  }
});
