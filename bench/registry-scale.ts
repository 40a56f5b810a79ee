import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import type { Fingerprint } from "../src/config/index.ts";
import type { AgentRegistry, UsageDelta } from "../src/registry/contract/index.ts";
import { PostgresRegistry } from "../src/registry/postgres/index.ts";
import { encodeCursor } from "../src/registry/rules/index.ts";
import { SqliteRegistry } from "../src/registry/sqlite/index.ts";
import { startPostgres } from "../test/support/postgres.ts";

/**
 * One registry with 100,000 agents of 3 revisions and 1,000,000 sessions: what a resolve, a page and a flush cost, at the start of the listing and
 * deep in it. Read the ratios: the machine's speed is in the milliseconds.
 *
 *     node bench/registry-scale.ts [agents]
 */
const AGENTS = Number(process.argv[2] ?? 100_000);
const REVISIONS = 3;
const SESSIONS_PER_AGENT = 10;
const LOCATION = "https://bench.example/api/projects/scale";
const SCOPE = "bench";

const nameOf = (index: number): string => `agent_${String(index).padStart(7, "0")}`;
const fingerprintOf = (revision: number): Fingerprint => `v1:${String(revision).padStart(64, "0")}`;
const keyOf = (index: number) => ({ location: LOCATION, scope: SCOPE, name: nameOf(index) });

/** The rows, by statements that both engines take; `numbers` is the table expression of the numbers from 0. */
function fill(
  table: (name: string) => string,
  numbers: (count: number) => string,
  pad: (number: string) => string,
): string[] {
  const json = `'{"instructions":"${"x".repeat(1500)}"}'`;
  return [
    `INSERT INTO ${table("scopes")} (location, scope) VALUES ('${LOCATION}', '${SCOPE}')`,
    `INSERT INTO ${table("agents")} (scope_id, location, scope, name, service_name, service_key, created_at, settings)
       SELECT s.id, s.location, s.scope, 'agent_' || ${pad("n.i")}, 'agent-' || n.i, 'agent-' || n.i, n.i, '{}'
       FROM ${table("scopes")} s, ${numbers(AGENTS)} n`,
    ...Array.from(
      { length: REVISIONS },
      (
        _,
        revision,
      ) => `INSERT INTO ${table("revisions")} (agent_id, fingerprint, state, remote_id, remote_name, definition,
         stored, stored_fingerprint, stamped, model, web_search, created_at, settings)
       SELECT id, '${fingerprintOf(revision)}', 'active', service_name, service_name, ${json}, ${json}, 'v1:', 1, 'gpt-4.1', 0, id, '{}'
       FROM ${table("agents")}`,
    ),
    `INSERT INTO ${table("sessions")} (agent_id, scope_id, session_id, fingerprint, created_at, last_used_at, revision_count, data)
       SELECT a.id, a.scope_id, 'session_' || ${pad(`a.id * ${SESSIONS_PER_AGENT} + n.i`)}, '${fingerprintOf(0)}', a.id, a.id, 1, '{}'
       FROM ${table("agents")} a, ${numbers(SESSIONS_PER_AGENT)} n`,
  ];
}

interface Timing {
  readonly p50: number;
  readonly p99: number;
}

async function time(rounds: number, work: (round: number) => Promise<unknown>): Promise<Timing> {
  for (let round = 0; round < Math.min(20, rounds); round += 1) await work(round);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begin = performance.now();
    await work(round);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(rounds * 0.5)] ?? 0, p99: times[Math.floor(rounds * 0.99)] ?? 0 };
}

function print(name: string, timing: Timing, base?: Timing): void {
  const ratio = base === undefined ? "" : `  x ${(timing.p50 / base.p50).toFixed(2)}`;
  console.log(`  ${name.padEnd(52)} ${timing.p50.toFixed(3).padStart(9)} ${timing.p99.toFixed(3).padStart(9)}${ratio}`);
}

const PROCESS = { id: "bench", host: "bench", pid: 1 };

/** As a manager has it open: registered, so that PostgreSQL keeps statements prepared. */
async function measure(registry: AgentRegistry): Promise<void> {
  await registry.processes.register({ process: PROCESS });
  const random = (round: number): number => (round * 7919 + 13) % AGENTS;
  const scope = { location: LOCATION, scope: SCOPE };
  console.log(`  ${"".padEnd(52)} ${"p50 ms".padStart(9)} ${"p99 ms".padStart(9)}`);
  const resolve = await time(2000, (round) =>
    registry.agents.lookUp({ key: keyOf(random(round)), fingerprint: fingerprintOf(1) }),
  );
  print("resolve: the look-up by key", resolve);
  print("an agent by key", await time(2000, (round) => registry.agents.get({ key: keyOf(random(round)) })), resolve);
  const session = (round: number): string =>
    `session_${String(random(round) * SESSIONS_PER_AGENT + 15).padStart(7, "0")}`;
  print(
    "a session by key",
    await time(2000, (round) => registry.sessions.get({ key: keyOf(random(round)), sessionId: session(round) })),
    resolve,
  );
  const lease = await time(300, async (round) => {
    const result = await registry.leases.claim({
      resource: `agent|${round}`,
      holder: PROCESS,
      ttlMs: 30_000,
    });
    await registry.leases.release({ lease: result.lease });
  });
  print("claim and release a lease", lease, resolve);
  await measurePages(registry, scope);
  let sequence = 0;
  const flush = await time(30, (round) => {
    const deltas = Array.from({ length: 1000 }, (_, index) => deltaOf(random(round * 1000 + index)));
    return registry.usage.add({ processId: "bench", sequence: (sequence += 1), deltas, sessions: [] });
  });
  print("flush of 1,000 deltas", flush, resolve);
  print("  of these, per delta", { p50: flush.p50 / 1000, p99: flush.p99 / 1000 }, resolve);
  print("use of the scope, first page of 100", await time(100, () => registry.usage.list(scope)));
  print("count the sessions of the scope", await time(3, () => registry.sessions.count(scope)));
}

async function measurePages(
  registry: AgentRegistry,
  scope: { readonly location: string; readonly scope: string },
): Promise<void> {
  const deep = Math.floor(AGENTS * 0.95);
  const agents = await time(200, () => registry.agents.list(scope));
  print("agents: first page of 100", agents);
  const cursor = encodeCursor("agents", [nameOf(deep), SCOPE]);
  print("agents: page at 95 %", await time(200, () => registry.agents.list({ ...scope, cursor })), agents);
  print(
    "agents of all scopes: page at 95 %",
    await time(200, () => registry.agents.list({ location: LOCATION, cursor })),
    agents,
  );
  const sessions = await time(200, () => registry.sessions.list(scope));
  print("sessions: first page of 100", sessions);
  const middle = encodeCursor("sessions", [`session_${String(deep * SESSIONS_PER_AGENT).padStart(7, "0")}`, 0]);
  print(
    "sessions: page at 95 %",
    await time(200, () => registry.sessions.list({ ...scope, cursor: middle })),
    sessions,
  );
  const idle = { ...scope, usedBefore: AGENTS * 2 };
  print("sessions idle: first page of 100", await time(200, () => registry.sessions.list(idle)), sessions);
  const late = encodeCursor("idle-sessions", [deep, "", 0]);
  print(
    "sessions idle: page at 95 %",
    await time(200, () => registry.sessions.list({ ...idle, cursor: late })),
    sessions,
  );
}

function deltaOf(index: number): UsageDelta {
  const counters = {
    uses: 1,
    creations: 0,
    reuses: 1,
    runs: 1,
    failedRuns: 0,
    unpricedRuns: 0,
    inputTokens: 9,
    cachedInputTokens: 0,
    outputTokens: 9,
    reasoningTokens: 0,
  };
  return { key: keyOf(index), fingerprint: fingerprintOf(1), ...counters, costPico: 5n, lastUsedAt: index };
}

async function sqlite(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-bench-"));
  const path = join(folder, "registry.db");
  await using registry = new SqliteRegistry(path);
  await registry.open();
  const database = new DatabaseSync(path);
  const numbers = (count: number): string =>
    `(WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < ${count - 1}) SELECT i FROM c)`;
  for (const statement of fill(
    (name) => name,
    numbers,
    (number) => `printf('%07d', ${number})`,
  ))
    database.exec(statement);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  console.log("SQLite");
  await measure(registry);
  await rm(folder, { recursive: true });
}

async function postgres(): Promise<void> {
  const server = await startPostgres();
  const schema = "bench_scale";
  const client = new Client(server.url);
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  {
    await using registry = new PostgresRegistry({ url: server.url, schema });
    await registry.open();
    const numbers = (count: number): string => `(SELECT generate_series(0, ${count - 1}) AS i)`;
    const statements = fill(
      (name) => `${schema}.${name}`,
      numbers,
      (number) => `lpad(CAST(${number} AS text), 7, '0')`,
    );
    for (const statement of statements) await client.query(statement);
    await client.query("ANALYZE");
    console.log("PostgreSQL");
    await measure(registry);
  }
  await client.query(`DROP SCHEMA ${schema} CASCADE`);
  await client.end();
  await server.close();
}

console.log(
  `${AGENTS} agents, ${AGENTS * REVISIONS} revisions, ${AGENTS * SESSIONS_PER_AGENT} sessions; node ${process.version}`,
);
await sqlite();
await postgres();
