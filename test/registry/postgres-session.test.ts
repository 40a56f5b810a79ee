import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Client } from "pg";
import { PostgresDialect } from "../../src/registry/postgres/dialect.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import type { AgentRegistry, Lease } from "../../src/registry/contract/index.ts";
import { type Runtime, systemRuntime } from "../../src/runtime/index.ts";
import { ALICE, BOB, hold, keyOf, newAgent, newRevision } from "../../src/testing/registry/fixtures.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { TransactionPool } from "../support/transaction-pool.ts";

const KEY = keyOf("market_analyst");
const LIVE = new URL("programs/live.ts", import.meta.url).pathname;

/** A runtime whose sleeps end by a signal only: whoever waits with it is woken, or waits for ever. `asleep` resolves when somebody sleeps. */
function sleepless(): { readonly runtime: Runtime; readonly asleep: Promise<void> } {
  const { promise: asleep, resolve: fallAsleep } = Promise.withResolvers<void>();
  const sleep: Runtime["sleep"] = (_ms, { signal } = {}) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(new Error("cut short")), { once: true });
      fallAsleep();
    });
  return { runtime: { ...systemRuntime, sleep }, asleep };
}

/** The server process of the lasting connection that shows that the process lives. */
async function connectionsOf(schema: string, processId: string): Promise<readonly number[]> {
  const { rows } = await admin<{ pid: number }>(`SELECT pid FROM pg_locks WHERE ${lockOf(schema, processId)}`);
  return rows.map(({ pid }) => pid);
}

/** The condition that finds the lock of a process in `pg_locks`. */
function lockOf(schema: string, processId: string): string {
  const key = BigInt.asUintN(64, BigInt(new PostgresDialect(schema, undefined).processLock(processId)));
  return `locktype = 'advisory' AND classid = ${key >> 32n} AND objid = ${key & 0xffffffffn}`;
}

async function admin<Row extends object>(text: string): Promise<{ readonly rows: readonly Row[] }> {
  const client = new Client(await postgresUrl());
  await client.connect();
  try {
    return await client.query<Row>(text);
  } finally {
    await client.end();
  }
}

type Wake = (holder: AgentRegistry, lease: Lease) => Promise<unknown>;

/** What is told of a lease, and wakes whoever waits for it. `isHeld`: whether somebody has it still. */
const WAKES: readonly (readonly [name: string, isHeld: boolean, wake: Wake])[] = [
  ["the notification that the lease was given back", false, ({ leases }, lease) => leases.release({ lease })],
  [
    "a commit under the lease, which may be what it waits for",
    true,
    ({ intents }, lease) => {
      const revision = newRevision(KEY);
      return intents.commit({ lease, intentId: undefined, revision, makeCurrent: true, agent: newAgent(KEY) });
    },
  ],
];

for (const [name, isHeld, wake] of WAKES) {
  for (const hasSeen of [false, true])
    test(`a waiter that has ${hasSeen ? "" : "not "}seen the lease is woken by nothing but ${name}`, async () => {
      const [url, schema] = [await postgresUrl(), newSchema()];
      await using holder = new PostgresRegistry({ url, schema });
      const { runtime, asleep } = sleepless();
      await using waiter = new PostgresRegistry({ url, schema, runtime });
      await waiter.processes.register({ process: BOB });
      const lease = await hold(holder, KEY);
      const wait = waiter.leases.waitForChange({
        resource: lease.resource,
        timeoutMs: 600_000,
        seen: hasSeen ? lease : undefined,
      });
      await asleep;
      await wake(holder, lease);
      await wait;
      assert.equal((await waiter.leases.get({ resource: lease.resource }))?.fence, isHeld ? lease.fence : undefined);
    });
}

test("the sign of an older release, which is the server's start alone, is understood", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using registry = new PostgresRegistry({ url, schema });
  await registry.open();
  const start = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)";
  const sign = (id: string, text: string): Promise<unknown> =>
    admin(
      `INSERT INTO "${schema}".processes (id, host, pid, registered_at, sign) VALUES ('${id}', 'far', 1, 0, ${text})`,
    );
  await sign("gone", start);
  await sign("before", "'12.5'");
  await sign("unsigned", `'[null,null]'`);
  const isDead = (id: string): Promise<boolean> => registry.processes.isDead({ process: { id, host: "far", pid: 1 } });
  assert.deepEqual(await Promise.all(["gone", "before", "unsigned"].map(isDead)), [true, false, false]);
});

test("a process whose lock is held lives, also if its number seems to be gone", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using living = new PostgresRegistry({ url, schema });
  await using other = new PostgresRegistry({ url, schema, sessions: false });
  const process = { id: "twin", host: hostname(), pid: globalThis.process.pid };
  await living.processes.register({ process });
  // As a machine would see it that has another's name and boot: there is no such process, or another has its number.
  assert.equal(await other.processes.isDead({ process: { ...process, pid: 1 } }), false);
  await living.close();
  while (!(await other.processes.isDead({ process: { ...process, pid: 1 } }))) await setImmediate();
});

test("a waiter whose lasting connection is ended hears again from the next one", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using holder = new PostgresRegistry({ url, schema, sessions: false });
  await using waiter = new PostgresRegistry({ url, schema, runtime: systemRuntime });
  await waiter.processes.register({ process: BOB });
  const pids = await connectionsOf(schema, BOB.id);
  assert.equal(pids.length, 1);
  for (const pid of pids) await admin(`SELECT pg_terminate_backend(${pid})`);
  const lease = await hold(holder, KEY);
  const wait = waiter.leases.waitForChange({ resource: lease.resource, timeoutMs: 600_000 });
  await holder.leases.release({ lease });
  await wait;
});

test("a process that was killed is dead within 100 ms, and one that lives is not", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using registry = new PostgresRegistry({ url, schema });
  await registry.open();
  const child = spawn(process.execPath, ["--no-warnings", LIVE, url, "child", schema], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const identity = { id: "child", host: hostname(), pid: child.pid ?? 0 };
  assert.equal(await registry.processes.isDead({ process: identity }), false);
  child.kill("SIGKILL");
  await once(child, "exit");
  const begin = performance.now();
  while (!(await registry.processes.isDead({ process: identity })))
    assert.ok(performance.now() - begin < 5000, "it was never dead");
  const tookMs = performance.now() - begin;
  // Much more than it takes, for a machine that does other things too; a lease would take ten seconds.
  assert.ok(tookMs < 1000, `it took ${tookMs} ms`);
});

test("a process whose lasting connection is ended is never believed dead", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using living = new PostgresRegistry({ url, schema });
  await using other = new PostgresRegistry({ url, schema, sessions: false });
  await living.processes.register({ process: ALICE });
  let ended = 0;
  while (ended < 3) {
    for (const pid of await connectionsOf(schema, ALICE.id)) {
      await admin(`SELECT pg_terminate_backend(${pid})`);
      ended += 1;
    }
    for (let look = 0; look < 3; look += 1) assert.equal(await other.processes.isDead({ process: ALICE }), false);
  }
});

test("a lasting connection that is ended again as soon as it shows comes up in the end, and its process is never taken for dead for good", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using living = new PostgresRegistry({ url, schema });
  await using other = new PostgresRegistry({ url, schema, sessions: false });
  await living.processes.register({ process: ALICE });
  // Most of these end it between its lock and its sign.
  const isShown = async (): Promise<boolean> => (await connectionsOf(schema, ALICE.id)).length > 0;
  for (let ended = 0; ended < 10;) {
    const { rows } = await admin<{ ended: boolean }>(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_locks WHERE ${lockOf(schema, ALICE.id)} AND granted`,
    );
    ended += rows.length;
  }
  while (!(await isShown())) await setImmediate();
  while (await other.processes.isDead({ process: ALICE })) await setImmediate();
  assert.ok(await isShown());
});

test("without a lasting connection nothing is known of another machine's process until it withdraws", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using registry = new PostgresRegistry({ url, schema, sessions: false });
  await registry.processes.register({ process: ALICE });
  assert.equal(await registry.processes.isDead({ process: ALICE }), false);
  await registry.processes.unregister({ processId: ALICE.id });
  assert.equal(await registry.processes.isDead({ process: ALICE }), true);
});

test("behind a proxy that swallows notifications the registry finds out and waits by looking", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using pool = await TransactionPool.open(url, 3);
  // The time of the proof passes at once, and that until the next one does not.
  const setTimer: Runtime["setTimer"] = (ms, callback) => systemRuntime.setTimer(ms > 10_000 ? ms : 0, callback);
  const runtime: Runtime = { ...systemRuntime, setTimer };
  await using registry = new PostgresRegistry({ pool, schema, sessions: true, runtime });
  await registry.processes.register({ process: ALICE });
  assert.equal(await registry.processes.isDead({ process: ALICE }), false);
  const lease = await hold(registry, KEY);
  await using other = new PostgresRegistry({ pool, schema });
  const wait = registry.leases.waitForChange({ resource: lease.resource, timeoutMs: 600_000 });
  await other.leases.release({ lease });
  await wait;
  const { rows } = await admin(
    `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND a.query LIKE '%${schema}%'`,
  );
  assert.deepEqual(rows, []);
});
