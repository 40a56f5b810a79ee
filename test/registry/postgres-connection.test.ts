import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, Pool } from "pg";
import { PostgresRegistry, type PostgresRegistryOptions } from "../../src/registry/postgres/index.ts";
import {
  ALICE,
  BOB,
  commit,
  delta,
  fingerprint,
  hold,
  keyOf,
  LOCATION,
  newEvent,
  SCOPE,
} from "../../src/testing/registry/fixtures.ts";
import { rejectsWith } from "../../src/testing/registry/registry-under-test.ts";
import { FaultyPool } from "../support/faulty-pool.ts";
import { startEmbedded } from "../support/postgres.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";

const KEY = keyOf("market_analyst");

/** A registry whose connections can be lost, with one agent in it. */
async function openFaulty(): Promise<
  AsyncDisposable & { readonly pool: FaultyPool; readonly registry: PostgresRegistry }
> {
  const pool = new FaultyPool(await postgresUrl());
  const registry = new PostgresRegistry({ pool, schema: newSchema() });
  await commit(registry, KEY);
  return {
    pool,
    registry,
    [Symbol.asyncDispose]: async () => {
      await registry.close();
      await pool[Symbol.asyncDispose]();
    },
  };
}

async function administer<Row extends object>(text: string): Promise<readonly Row[]> {
  const client = new Client(await postgresUrl());
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

test("many processes may open a new schema at once, and it is made once", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  const registries = Array.from({ length: 8 }, () => new PostgresRegistry({ url, schema, maxConnections: 1 }));
  await Promise.all(registries.map((registry) => registry.open()));
  const versions = await administer<{ version: string }>(
    `SELECT version FROM "${schema}".schema_version ORDER BY version`,
  );
  assert.deepEqual(
    versions.map(({ version }) => Number(version)),
    versions.map((_, index) => index + 1),
  );
  await Promise.all(registries.map((registry) => registry.close()));
});

test("a newer schema is refused with a sentence", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using first = new PostgresRegistry({ url, schema });
  await first.open();
  await administer(`INSERT INTO "${schema}".schema_version VALUES (999, 0)`);
  await using second = new PostgresRegistry({ url, schema });
  const error = await rejectsWith(second.open(), "registry_schema_newer");
  assert.match(error.message, /version 999/);
});

test("a role without the right to make tables works on a registry that is there, and is refused another", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using owner = new PostgresRegistry({ url, schema });
  await owner.open();
  const role = newSchema();
  await administer(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'; GRANT USAGE ON SCHEMA "${schema}" TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO ${role}`);
  const plain = new URL(url);
  plain.username = role;
  plain.password = "plain";
  await using registry = new PostgresRegistry({ url: plain.href, schema });
  await commit(registry, KEY);
  await using refused = new PostgresRegistry({ url: plain.href, schema: newSchema() });
  await rejectsWith(refused.open(), "registry_read_only");
});

test("a connection that ended while it waited in the pool is not noticed by anybody", async () => {
  await using subject = await openFaulty();
  await subject.pool.terminate();
  assert.notEqual(await subject.registry.agents.get({ key: KEY }), undefined);
  await subject.pool.terminate();
  await hold(subject.registry, KEY);
});

test("a read whose answer is lost is repeated", async () => {
  await using subject = await openFaulty();
  subject.pool.inject({ statement: /^SELECT \* FROM .*agents/, when: "after" });
  assert.equal((await subject.registry.agents.get({ key: KEY }))?.current, fingerprint(1));
});

test("a claim whose answer is lost finds its own lease again", async () => {
  await using subject = await openFaulty();
  const { registry } = subject;
  subject.pool.inject({ statement: /^INSERT INTO .*leases/, when: "after" });
  const lease = await hold(registry, KEY);
  assert.deepEqual(await registry.leases.get({ resource: lease.resource }), lease);
  await registry.agents.update({ lease, key: KEY, settings: { a: 1 } });
});

for (const statement of [/^BEGIN/, /FOR UPDATE/, /^UPDATE .*agents/, /^INSERT INTO .*events/]) {
  for (const when of ["before", "after"] as const) {
    test(`a transaction that loses its connection ${when} ${String(statement)} is rolled back and done once`, async () => {
      await using subject = await openFaulty();
      const { registry } = subject;
      const lease = await hold(registry, KEY);
      subject.pool.inject({ statement, when });
      const events = [newEvent("changed", KEY.name, 1)];
      const agent = await registry.agents.update({ lease, key: KEY, settings: { a: 1 }, events });
      assert.deepEqual(agent.settings, { a: 1 });
      assert.equal((await registry.events.list({ location: LOCATION })).items.length, 1);
    });
  }
}

for (const when of ["before", "after"] as const) {
  test(`a fenced write that loses its connection ${when} the commit is reported and not repeated`, async () => {
    await using subject = await openFaulty();
    const { registry } = subject;
    const lease = await hold(registry, KEY);
    subject.pool.inject({ statement: /^COMMIT/, when });
    const events = [newEvent("changed", KEY.name, 1)];
    const error = await rejectsWith(
      registry.agents.update({ lease, key: KEY, settings: { a: 1 }, events }),
      "registry_unavailable",
    );
    assert.equal(error.retryable, true);
    const written = when === "after" ? 1 : 0;
    assert.equal((await registry.events.list({ location: LOCATION })).items.length, written);
    assert.deepEqual((await registry.agents.get({ key: KEY }))?.settings, written === 1 ? { a: 1 } : {});
  });

  test(`a batch of uses that loses its connection ${when} the commit is counted once`, async () => {
    await using subject = await openFaulty();
    subject.pool.inject({ statement: /^COMMIT/, when });
    await subject.registry.usage.add({ processId: ALICE.id, sequence: 1, deltas: [delta(KEY, 1, 5, 1)], sessions: [] });
    const { items } = await subject.registry.usage.list({ location: LOCATION, scope: SCOPE });
    assert.deepEqual(
      items.map(({ uses }) => uses),
      [5],
    );
  });
}

test("a statement whose server process is ended in the middle, while it waits for a lock, is done once the lock is free", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using registry = new PostgresRegistry({ url, schema });
  await commit(registry, KEY);
  const lease = await hold(registry, KEY);
  const blocker = new Client(url);
  await blocker.connect();
  await blocker.query(`BEGIN; SELECT 1 FROM "${schema}".leases FOR UPDATE`);
  const writing = registry.agents.update({ lease, key: KEY, settings: { a: 1 } });
  const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%"${schema}"%'`;
  let pids: readonly { readonly pid: number }[] = [];
  while (pids.length === 0) pids = await administer<{ pid: number }>(waiting);
  await administer(`SELECT pg_terminate_backend(${pids[0]?.pid ?? 0})`);
  await blocker.query("ROLLBACK");
  await blocker.end();
  assert.deepEqual((await writing).settings, { a: 1 });
});

test("a server that is not there is unavailable after the time that was given", async () => {
  await using registry = new PostgresRegistry({ url: "postgres://nobody:secret@127.0.0.1:1/none", retryMs: 20 });
  const error = await rejectsWith(registry.open(), "registry_unavailable");
  assert.equal(error.retryable, true);
  assert.ok(!JSON.stringify(error.toJSON()).includes("secret"));
});

test("a wrong password is unavailable, not to be tried again, and not in the message", async () => {
  const wrong = new URL(await postgresUrl());
  wrong.password = "wrong-password";
  await using registry = new PostgresRegistry({ url: wrong.href });
  const error = await rejectsWith(registry.open(), "registry_unavailable");
  assert.equal(error.retryable, false);
  assert.ok(!JSON.stringify(error.toJSON()).includes("wrong-password"));
});

test("a password that is a function is asked for every connection", async () => {
  const url = new URL(await postgresUrl());
  const { password } = url;
  url.password = "";
  let asked = 0;
  const ask = (): Promise<string> => {
    asked += 1;
    return Promise.resolve(password);
  };
  await using registry = new PostgresRegistry({ url: url.href, password: ask, schema: newSchema(), sessions: false });
  await Promise.all([commit(registry, keyOf("a")), commit(registry, keyOf("b"))]);
  assert.ok(asked > 1);
});

test("close leaves a borrowed pool to its owner, and gives back what it kept of it", async () => {
  await using pool = disposable(new Pool({ connectionString: await postgresUrl(), max: 2 }));
  const registry = new PostgresRegistry({ pool, schema: newSchema(), sessions: true });
  await registry.processes.register({ process: BOB });
  await registry.close();
  assert.equal(pool.waitingCount, 0);
  assert.equal((await pool.query("SELECT 1")).rowCount, 1);
  assert.equal(pool.totalCount - pool.idleCount, 0);
});

test("wrong options are refused before any I/O", () => {
  const wrong: readonly object[] = [
    {},
    { url: "" },
    { url: "mysql://x" },
    { url: 5 },
    { pool: {} },
    { url: "postgres://x", schema: "Robert'); --" },
    { url: "postgres://x", schema: "" },
    { url: "postgres://x", retryMs: -1 },
    { url: "postgres://x", maxConnections: 0 },
  ];
  for (const options of wrong) {
    assert.throws(
      () => new PostgresRegistry(options as PostgresRegistryOptions),
      { code: "invalid_option" },
      JSON.stringify(options),
    );
  }
});

test("while the server is down calls say so, and afterwards everything goes on as it was", async () => {
  const server = await startEmbedded();
  try {
    await using registry = new PostgresRegistry({ url: server.url, retryMs: 10 });
    await using other = new PostgresRegistry({ url: server.url, retryMs: 10 });
    await registry.processes.register({ process: ALICE });
    await commit(registry, KEY);
    await server.stop();
    await rejectsWith(registry.agents.get({ key: KEY }), "registry_unavailable");
    await rejectsWith(hold(registry, KEY), "registry_unavailable");
    await server.start();
    // The sign of life is from before: it says nothing until the process gives it anew.
    assert.equal(await other.processes.isDead({ process: ALICE }), false);
    assert.equal((await registry.agents.get({ key: KEY }))?.current, fingerprint(1));
    await registry.leases.release({ lease: await hold(registry, KEY) });
  } finally {
    await server.close();
  }
});

function disposable(pool: Pool): Pool & AsyncDisposable {
  pool.on("error", () => undefined);
  return Object.assign(pool, { [Symbol.asyncDispose]: async () => await pool.end() });
}

test("a client of a borrowed pool may end in the packet that greets it, and the process lives on", async () => {
  const pool = new Pool({ connectionString: await postgresUrl() });
  pool.on("error", () => undefined);
  const registry = new PostgresRegistry({ pool, schema: newSchema() });
  // Behind the registry's own listener, as what follows in the packet is read behind the greeting.
  pool.once("connect", (client) => client.emit("error", new Error("terminating connection")));
  await commit(registry, KEY);
  assert.equal((await registry.agents.get({ key: KEY }))?.key.name, KEY.name);
  await registry.close();
  assert.equal(pool.listenerCount("connect"), 0);
  await pool.end();
});
