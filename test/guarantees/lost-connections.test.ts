import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { ProductionAgent } from "../../src/agent/index.ts";
import { TenureError } from "../../src/errors/index.ts";
import type { AgentManager } from "../../src/manager/index.ts";
import { agentResource, sessionResource } from "../../src/registry/contract/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { type ConnectionFault, FaultyPool } from "../support/faulty-pool.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { openWorld, type World } from "../support/world.ts";

const PLACES = ["before", "in", "after"] as const;
/** `TENURE_LOST_CONNECTIONS=all npm test -- lost-connections` loses each statement at every place, which takes three times as long. */
const LOSES_ALL = process.env["TENURE_LOST_CONNECTIONS"] === "all";

/** A manager whose connections can be lost. */
interface Place {
  readonly world: World;
  readonly pool: FaultyPool;
  readonly manager: AgentManager;
}

/** One call, and what it is about. */
interface Run extends Place {
  readonly number: number;
  readonly config: { readonly agentName: string; readonly instructions: string };
  /** Versions of all agents before it. */
  readonly versionsBefore: number;
}

interface Call {
  /** Default: each call has an agent of its own. */
  readonly agentName?: string;
  readonly prepare?: (run: Run) => Promise<unknown>;
  readonly act: (run: Run) => Promise<unknown>;
  /** What must hold however the call ended. */
  readonly check: (run: Run, failed: boolean) => Promise<void>;
}

/** First without a fault, which tells how many statements the call sends; then once for each of them: at every place, or at one after the other. */
async function loseEach(t: TestContext, call: Call): Promise<void> {
  await using pool = new FaultyPool(await postgresUrl());
  await using world = await openWorld();
  const registry = new PostgresRegistry({ pool, schema: newSchema() });
  const place = { world, pool, manager: world.manager({ registry, flushMs: 600_000 }) };
  await place.manager.listAgents();
  const { sent } = await runOnce(place, call);
  const faults = Array.from({ length: sent }, (_, statement) =>
    PLACES.filter((_place, index) => LOSES_ALL || index === statement % PLACES.length).map((when) => ({
      statement,
      when,
    })),
  ).flat();
  let failures = 0;
  for (const fault of faults) {
    const { failed } = await runOnce(place, call, fault);
    if (failed) failures += 1;
  }
  t.diagnostic(`${sent} statements; ${failures} of ${faults.length} calls failed`);
}

let runs = 0;

async function runOnce(
  place: Place,
  call: Call,
  fault?: { readonly statement: number; readonly when: ConnectionFault["when"] },
): Promise<{ readonly sent: number; readonly failed: boolean }> {
  const { world, pool, manager } = place;
  const number = (runs += 1);
  const config = { agentName: call.agentName ?? `agent-${number}`, instructions: "Go on." };
  const run = { ...place, number, config, versionsBefore: world.emulator.stats().versions };
  await call.prepare?.(run);
  const from = pool.sent.length;
  if (fault !== undefined) pool.inject({ ...fault, statement: from + fault.statement });
  const error = await call.act(run).then(
    () => undefined,
    (thrown: unknown) => TenureError.from(thrown),
  );
  const sent = pool.sent.slice(from);
  try {
    if (error !== undefined) assert.equal(error.code, "registry_unavailable", error.message);
    await call.check(run, error !== undefined);
    const resource = agentResource(manager.keyOf(config.agentName));
    assert.equal(await manager.registry.leases.get({ resource }), undefined, "the lease was given back");
    await pool.isIdle();
  } catch (thrown) {
    const where = fault === undefined ? "without a fault" : `${fault.when} ${sent[fault.statement]}`;
    throw new Error(`Lost ${where}: ${TenureError.from(thrown).message}`, { cause: thrown });
  }
  return { sent: sent.length, failed: error !== undefined };
}

test("a create whose connection is lost at any of its statements makes one version and the right record", async (t) => {
  await loseEach(t, {
    act: ({ manager, config }) => manager.getOrCreateAgent(config),
    check: async ({ world, manager, config, versionsBefore }) => {
      const agent = await manager.getOrCreateAgent(config);
      assert.equal(agent.remote.id, `${config.agentName}:1`);
      assert.equal(world.emulator.stats().versions, versionsBefore + 1);
      const { agents, intents } = manager.registry;
      const key = manager.keyOf(config.agentName);
      assert.equal((await agents.get({ key }))?.current, agent.fingerprint);
      const revision = await agents.getRevision({ key, fingerprint: agent.fingerprint });
      assert.deepEqual([revision?.state, revision?.remote.id], ["active", agent.remote.id]);
      const { location, scope, name } = key;
      assert.deepEqual((await intents.list({ location, scope, name })).items, []);
    },
  });
});

test("a cleanup whose connection is lost at any of its statements deletes the agent and its record", async (t) => {
  await loseEach(t, {
    prepare: ({ manager, config }) => manager.getOrCreateAgent(config),
    act: ({ manager, config }) => manager.cleanupAgent(config.agentName),
    check: async ({ world, manager, config, versionsBefore }, failed) => {
      const again = await manager.cleanupAgent(config.agentName);
      if (!failed) assert.equal(again, false);
      assert.equal(world.emulator.stats().versions, versionsBefore);
      assert.equal(await manager.registry.agents.get({ key: manager.keyOf(config.agentName) }), undefined);
    },
  });
});

test("a flush whose connection is lost at any of its statements counts every use once", async (t) => {
  await loseEach(t, {
    prepare: async ({ manager, config }) => {
      for (let use = 0; use < 3; use += 1) await manager.getOrCreateAgent({ ...config, sessionId: `s${use}` });
    },
    act: ({ manager }) => manager.flush(),
    check: async ({ manager, config }) => {
      await manager.flush();
      const stats = (await manager.getAgentStats()).agents[config.agentName];
      assert.deepEqual([stats?.useCount, stats?.sessions], [3, 3]);
    },
  });
});

test("a run in a session whose connection is lost at any of its statements leaves the session to go on", async (t) => {
  const agentOf = ({ manager, config, number }: Run): ProductionAgent =>
    new ProductionAgent({ ...config, manager, sessionId: `s${number}`, budget: false, costs: false });
  await loseEach(t, {
    agentName: "analyst",
    prepare: ({ manager, config }) => manager.getOrCreateAgent(config),
    act: async (run) => {
      const answer = await agentOf(run).run("One");
      if (!answer.success) throw new TenureError(answer.error.code, answer.error.message);
    },
    check: async (run, failed) => {
      const { manager, config, number } = run;
      const next = await agentOf(run).run("Two");
      assert.ok(next.success, next.error?.message);
      if (!failed) assert.match(next.response, /turn 2/);
      const { sessions, leases } = manager.registry;
      const place = { key: manager.keyOf(config.agentName), sessionId: `s${number}` };
      assert.notEqual((await sessions.get(place))?.conversationId, undefined);
      assert.equal(await leases.get({ resource: sessionResource(place.key, place.sessionId) }), undefined);
    },
  });
});
