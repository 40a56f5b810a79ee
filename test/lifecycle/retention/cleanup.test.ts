import assert from "node:assert/strict";
import { test } from "node:test";
import { ProductionAgent } from "../../../src/agent/index.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { TenureError } from "../../../src/errors/index.ts";
import { rejectsWith } from "../lifecycle-world.ts";
import { createWireCall } from "../../support/emulator-call.ts";
import { sessionResource } from "../../../src/registry/contract/index.ts";
import { MemoryRegistry } from "../../../src/registry/memory/index.ts";
import { DAY, MINUTE, openRetention, type RetentionWorld } from "./retention-world.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";

const IDLE: RetentionPolicies = { idleAgents: { unusedFor: "10m" }, grace: "5m", orphans: false };

async function make(manager: ProductionAgentManager, names: readonly string[]): Promise<void> {
  for (const agentName of names) await manager.getOrCreateAgent({ agentName, instructions: `I am ${agentName}.` });
  await manager.flush();
}

/** Agents in the service whose names begin so. */
async function listed(manager: ProductionAgentManager, prefix: string = ""): Promise<readonly string[]> {
  const agents = await Array.fromAsync(manager.service.listAgents());
  return agents.map(({ serviceName }) => serviceName).filter((name) => name.startsWith(prefix));
}

/** A registry that has lost what it knew: another one on the same service. */
async function orphans(world: RetentionWorld, count: number): Promise<void> {
  const call = createWireCall(world.lifecycle.world.emulator);
  for (let number = 0; number < count; number += 1) {
    const metadata = {
      tenure_scope: "default",
      tenure_agent: `lost-${number}`,
      tenure_fingerprint: `v1:${"0".repeat(64)}`,
      tenure_intent: `i${number}`,
    };
    const answer = await call("POST", `/agents/lost-${number}/versions`, {
      metadata,
      definition: { kind: "prompt", model: "m", instructions: "Lost." },
    });
    assert.ok(answer.status < 300, answer.text);
  }
}

test("an idle agent goes as a whole after the grace period, with its record; one that is used again stays", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await make(manager, ["idle", "used"]);
  world.runtime.advance(10 * MINUTE);
  assert.equal((await manager.cleanup({ apply: true, policies: IDLE })).counts.mark, 2);
  await make(manager, ["used"]);
  world.runtime.advance(5 * MINUTE);
  const { counts } = await manager.cleanup({ apply: true, policies: IDLE });
  assert.deepEqual([counts.delete, counts.forget], [1, 1]);
  assert.deepEqual(await listed(manager), ["used"]);
  assert.deepEqual(
    (await manager.listAgents()).map(({ agentName }) => agentName),
    ["used"],
  );
});

test("an agent of one process goes once that process is gone", async () => {
  await using world = await openRetention();
  const [manager, other] = [world.manager(), world.manager()];
  await other.createEphemeralAgent({ agentName: "own", instructions: "Mine." });
  const policies: RetentionPolicies = { grace: "5m" };
  world.runtime.advance(DAY);
  assert.equal((await manager.plan({ policies })).counts.mark, 0, "its process lives");
  await other.close();
  assert.match((await manager.plan({ policies })).actions[0]?.reason ?? "", /is gone/);
  await manager.cleanup({ apply: true, policies });
  world.runtime.advance(5 * MINUTE);
  await manager.cleanup({ apply: true, policies });
  assert.deepEqual([await listed(manager), await manager.listAgents()], [[], []]);
});

test("orphans are recorded and marked, and go after the grace period in batches", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await orphans(world, 30);
  const policies: RetentionPolicies = { grace: "5m", stopAbove: 100, maxPerRun: { count: 20 } };
  world.runtime.advance(DAY);
  const stopped = await rejectsWith(manager.cleanup({ apply: true, policies: { grace: "5m" } }), "cleanup_stopped");
  assert.match(stopped.message, /has the registry been lost/);
  assert.equal((await manager.cleanup({ apply: true, policies })).counts.record, 30);
  world.runtime.advance(5 * MINUTE);
  const first = await manager.cleanup({ apply: true, policies });
  assert.deepEqual([first.counts.delete, first.deferred], [20, 10]);
  assert.equal((await manager.cleanup({ apply: true, policies })).counts.delete, 10);
  assert.deepEqual([await listed(manager), await manager.listAgents()], [[], []]);
});

test("an orphan that somebody uses within the grace period stays, as the agent that it was", async () => {
  await using world = await openRetention();
  const before = world.manager({ registry: new MemoryRegistry({ runtime: world.runtime }) });
  const request = { agentName: "found", instructions: "I was there." };
  const made = await before.getOrCreateAgent(request);
  const manager = world.manager();
  const policies: RetentionPolicies = { grace: "5m" };
  world.runtime.advance(DAY);
  assert.equal((await manager.cleanup({ apply: true, policies })).counts.record, 1);
  const found = await manager.getOrCreateAgent(request);
  assert.deepEqual([found.outcome, found.remote.id], ["reused", made.remote.id]);
  await manager.flush();
  world.runtime.advance(DAY);
  await manager.cleanup({ apply: true, policies });
  assert.deepEqual(await listed(manager), ["found"]);
  const [agent] = (await manager.registry.agents.list({ location: manager.service.location })).items;
  assert.equal(agent?.settings["retirement"], undefined);
});

test("a young orphan is left alone, and one of another scope always", async () => {
  await using world = await openRetention();
  const manager = world.manager({ scope: "ours" });
  await make(manager, ["known"]);
  await orphans(world, 3);
  world.runtime.advance(DAY);
  assert.equal((await manager.plan({ policies: { grace: "5m" } })).counts.record, 0);
});

test("expired sessions go with their conversations and answers, and those that are used stay", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const { service, registry } = manager;
  const ask = async (sessionId: string): Promise<void> => {
    const agent = new ProductionAgent({ agentName: "a", instructions: "I.", sessionId, manager });
    assert.equal((await agent.run("One")).success, true);
  };
  await ask("old");
  world.runtime.advance(8 * DAY);
  await ask("new");
  const report = await manager.cleanup({ apply: true, policies: { sessions: { unusedFor: "7d" } } });
  assert.deepEqual(
    report.actions.map(({ kind, sessionId }) => [kind, sessionId]),
    [["expire", "old"]],
  );
  const { conversations, responses } = world.lifecycle.world.emulator.stats();
  assert.deepEqual([conversations, responses], [1, 1], "what the other session said is left");
  const { items } = await registry.sessions.list({ location: service.location, scope: "default" });
  assert.deepEqual(
    items.map(({ sessionId }) => sessionId),
    ["new"],
  );
});

test("a run stops before it changes anything when most agents would go, or when the service's list has shrunk suspiciously", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await make(manager, ["a1", "a2", "a3", "a4", "a5", "a6"]);
  world.runtime.advance(10 * MINUTE);
  const plan = await manager.plan({ policies: IDLE });
  assert.match(plan.wouldStop ?? "", /6 of 6 agents would go/);
  await rejectsWith(manager.cleanup({ apply: true, policies: IDLE }), "cleanup_stopped");
  assert.equal((await manager.revisions("a1"))[0]?.state, "active");
  for (const name of ["a1", "a2", "a3", "a4"]) await world.lifecycle.byHand("DELETE", `/agents/${name}`);
  const shrunk = await rejectsWith(
    manager.cleanup({ apply: true, policies: { ...IDLE, stopAbove: 100 } }),
    "cleanup_stopped",
  );
  assert.match(shrunk.message, /not to be trusted/);
});

test("a run stops when failures pile up, and the next one goes on where it was", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await make(manager, ["a1", "a2", "a3", "a4", "a5", "a6", "a7"]);
  const policies: RetentionPolicies = { ...IDLE, stopAbove: 100 };
  world.runtime.advance(10 * MINUTE);
  await manager.cleanup({ apply: true, policies });
  world.runtime.advance(5 * MINUTE);
  const { emulator } = world.lifecycle.world;
  emulator.faults([{ method: "DELETE", effect: "status", status: 403, times: 1_000 }]);
  const stopped = await rejectsWith(manager.cleanup({ apply: true, policies }), "cleanup_stopped");
  assert.match(stopped.message, /5 agents in a row failed/);
  emulator.clearFaults();
  await manager.cleanup({ apply: true, policies });
  assert.deepEqual(await listed(manager), []);
});

test("two replicas that clean up at the same time do it once", async () => {
  await using world = await openRetention();
  const [one, other] = [world.manager(), world.manager()];
  await make(one, ["a1", "a2"]);
  world.runtime.advance(10 * MINUTE);
  const reports = await Promise.all([one, other].map((manager) => manager.cleanup({ apply: true, policies: IDLE })));
  assert.deepEqual(reports.map(({ outcome }) => outcome).sort(), ["done", "led-elsewhere"]);
  assert.equal(
    reports.reduce((sum, { counts }) => sum + counts.mark, 0),
    2,
  );
});

test("a deletion that its process did not live to record is ended by the next one", async () => {
  await using world = await openRetention();
  const [dying, next] = [world.manager(), world.manager()];
  await make(dying, ["idle", "other"]);
  world.runtime.advance(10 * MINUTE);
  await dying.cleanup({ apply: true, policies: IDLE });
  world.runtime.advance(5 * MINUTE);
  const { agents } = dying.registry;
  Object.assign(agents, {
    updateRevision: () => Promise.reject(new TenureError("registry_unavailable", "The process ends here.")),
  });
  const report = await dying.cleanup({ apply: true, policies: IDLE });
  assert.equal(report.failed.length, 2);
  world.runtime.advance(5 * MINUTE);
  await next.cleanup({ apply: true, policies: IDLE });
  await next.cleanup({ apply: true, policies: IDLE });
  assert.deepEqual([await listed(next), await next.listAgents()], [[], []]);
});

test("startCleanup runs again and again, and ends with the manager", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  await make(manager, ["idle"]);
  const reports: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const onReport = ({ counts }: { counts: { mark: number; forget: number } }): void => {
    reports.push(`${counts.mark} ${counts.forget}`);
    if (counts.forget === 1) resolve();
    world.runtime.advance(10 * MINUTE);
    // The next run's timer is set right behind this report.
    queueMicrotask(() => queueMicrotask(() => world.runtime.advance(MINUTE)));
  };
  world.runtime.advance(10 * MINUTE);
  manager.startCleanup({ everyMs: MINUTE, policies: IDLE, onReport });
  world.runtime.advance(MINUTE);
  await promise;
  assert.equal(reports[0], "1 0");
  await manager.close();
  assert.throws(() => manager.startCleanup({ everyMs: 5 }), /everyMs/);
});

test("startCleanup refuses wrong policies at once, and a run that fails is an event", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  assert.throws(() => manager.startCleanup({ everyMs: MINUTE, policies: { grace: "1s" } }), /`policies\.grace`/);
  assert.throws(
    () => manager.startCleanup({ everyMs: MINUTE, policies: { idleAgents: { unusedFor: "0s" } } }),
    /unusedFor/,
  );
  for (const limit of [0, 1.5, 100_001]) await rejectsWith(manager.plan({ limit }), "invalid_option");
  await make(manager, ["a"]);
  await world.lifecycle.world.emulator.close();
  await assert.rejects(manager.cleanup({ apply: true, policies: IDLE }));
  assert.equal(world.lifecycle.told("cleanup.failed").length, 1);
});

test("an agent that goes as a whole takes the answers of its sessions with it, conversation or not", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const agent = new ProductionAgent({ agentName: "a", instructions: "I.", sessionId: "s", manager });
  assert.equal((await agent.run("One")).success, true);
  await manager.flush();
  const policies: RetentionPolicies = { idleAgents: { unusedFor: "10m" }, grace: "5m", sessions: { unusedFor: "10m" } };
  // Somebody holds the session, so that it does not expire before its agent.
  const resource = sessionResource(manager.keyOf("a"), "s");
  const { leases } = manager.registry;
  assert.equal((await leases.claim({ resource, holder: manager.process, ttlMs: 30 * MINUTE })).outcome, "claimed");
  for (const minutes of [11, 5]) {
    world.runtime.advance(minutes * MINUTE);
    const { failed } = await manager.cleanup({ apply: true, policies });
    assert.deepEqual(failed, []);
  }
  assert.deepEqual(await manager.listAgents(), []);
  assert.equal(world.lifecycle.world.emulator.stats().responses, 0);
});

test("by policy each run forgets old events of its own scope and of no other", async () => {
  await using world = await openRetention();
  const [one, other] = [world.manager(), world.manager({ scope: "other" })];
  await make(one, ["a"]);
  await other.getOrCreateAgent({ agentName: "b", instructions: "B." });
  world.runtime.advance(91 * DAY);
  await one.cleanup({ apply: true, policies: { events: { keep: "90d" } } });
  assert.deepEqual(
    (await Array.fromAsync(one.events())).filter(({ type }) => type === "agent.created"),
    [],
  );
  assert.equal((await Array.fromAsync(other.events({ types: ["agent.created"] }))).length, 1);
});

test("wrong policies are refused by name, before anything is read", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  const wrong: readonly [unknown, RegExp][] = [
    [{ revisions: { usedWithin: "-1d" } }, /policies\.revisions\.usedWithin/],
    [{ idleAgents: { unusedFor: "0d" } }, /it would let everything go/],
    [{ idleAgents: {} }, /policies\.idleAgents\.unusedFor/],
    [{ revision: false }, /Unknown member `policies\.revision`/],
    [{ revisions: { keep: -1 } }, /a whole number from 0 to 1000/],
    [{ limits: { warnAt: 90, actAt: 80 } }, /at most `actAt`/],
    [{ grace: "1s" }, /policies\.grace` to be at least 3000 ms/],
    [{ maxPerRun: { percent: 0 } }, /maxPerRun\.percent/],
    [[], /policies` to be an object/],
  ];
  for (const [policies, message] of wrong) {
    const error = await rejectsWith(manager.plan({ policies: policies as RetentionPolicies }), "invalid_option");
    assert.match(error.message, message);
  }
});
