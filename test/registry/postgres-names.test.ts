import assert from "node:assert/strict";
import { hostname } from "node:os";
import { test } from "node:test";
import { Pool, type PoolClient } from "pg";
import type { PostgresQuery } from "../../src/registry/postgres/client.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { StatementNames } from "../../src/registry/postgres/statement-names.ts";
import { BOB, commit, fingerprint, keyOf } from "../../src/testing/registry/fixtures.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";

const KEY = keyOf("market_analyst");
const PLACE = { key: KEY, fingerprint: fingerprint(1) };

/** A pool that keeps the names of the statements that pass, in order. */
async function listeningPool(): Promise<{ readonly pool: Pool; readonly names: (string | undefined)[] }> {
  const names: (string | undefined)[] = [];
  const pool = new Pool({ connectionString: await postgresUrl(), max: 5 });
  pool.on("connect", (client: PoolClient) => {
    const query = client.query.bind(client) as (...given: readonly unknown[]) => unknown;
    Object.defineProperty(client, "query", {
      value: (...given: readonly unknown[]) => {
        const [first] = given;
        if (typeof first === "object" && first !== null && "text" in first) names.push((first as PostgresQuery).name);
        return query(...given);
      },
    });
  });
  return { pool, names };
}

test("statements have names once a lasting connection has shown that sessions are real, the same in every process", async () => {
  const schema = newSchema();
  const { pool, names } = await listeningPool();
  {
    await using registry = new PostgresRegistry({ pool, schema, sessions: true });
    await registry.open();
    assert.ok(names.every((name) => name === undefined));
    await registry.processes.register({ process: BOB });
    names.length = 0;
    await registry.agents.lookUp(PLACE);
    assert.match(names[0] ?? "", /^tenure_[0-9a-f]{32}$/);
    await using other = new PostgresRegistry({ pool, schema, sessions: true });
    await other.processes.register({ process: { ...BOB, id: "another" } });
    await other.agents.lookUp(PLACE);
    assert.equal(names.at(-1), names[0]);
    await using sessionless = new PostgresRegistry({ pool, schema });
    await sessionless.agents.lookUp(PLACE);
    assert.equal(names.at(-1), undefined);
  }
  await pool.end();
});

test("there are at most 200 names, and none once they were of no use or sessions are not real", () => {
  let isReal = true;
  const names = new StatementNames(() => isReal);
  const given = Array.from({ length: 201 }, (_, index) => names.of(`SELECT ${index}`));
  assert.equal(new Set(given).size, 201);
  assert.deepEqual([given[200], names.of("SELECT 0")], [undefined, given[0]]);
  isReal = false;
  assert.equal(names.of("SELECT 0"), undefined);
  isReal = true;
  names.stop();
  assert.equal(names.of("SELECT 0"), undefined);
});

test("a server that has forgotten the names is asked without, for a read and in the middle of a transaction", async () => {
  for (const forget of ["DEALLOCATE ALL", "DISCARD ALL"]) {
    const schema = newSchema();
    const { pool, names } = await listeningPool();
    {
      await using registry = new PostgresRegistry({ pool, schema, sessions: true });
      await registry.processes.register({ process: BOB });
      await commit(registry, KEY);
      await commit(registry, KEY);
      assert.ok(names.some((name) => name !== undefined));
      {
        const client = await pool.connect();
        await client.query(forget);
        client.release();
      }
      await commit(registry, KEY);
      names.length = 0;
      assert.ok((await registry.agents.lookUp(PLACE)).revision !== undefined);
      assert.deepEqual(names, [undefined]);
    }
    await pool.end();
  }
});

test("a table that a newer release has widened meanwhile is read all the same", async () => {
  const schema = newSchema();
  const { pool } = await listeningPool();
  {
    await using registry = new PostgresRegistry({ pool, schema, sessions: true });
    await registry.processes.register({ process: BOB });
    const { revision } = await commit(registry, KEY);
    for (let look = 0; look < 7; look += 1) await registry.agents.lookUp(PLACE);
    await pool.query(`ALTER TABLE "${schema}".revisions ADD COLUMN wider text`);
    assert.deepEqual((await registry.agents.lookUp(PLACE)).revision, revision);
    await pool.query(`ALTER TABLE "${schema}".agents ADD COLUMN wider text`);
    await commit(registry, KEY, 2);
    assert.ok((await registry.agents.lookUp({ ...PLACE, fingerprint: fingerprint(2) })).revision !== undefined);
  }
  await pool.end();
});

test("a process of the same machine is seen without a lasting connection, and dead as soon as its number belongs to another", async () => {
  const [url, schema] = [await postgresUrl(), newSchema()];
  await using registry = new PostgresRegistry({ url, schema, sessions: false });
  const here = { id: "here", host: hostname(), pid: process.pid };
  await registry.processes.register({ process: here });
  assert.equal(await registry.processes.isDead({ process: here }), false);
  await using other = new PostgresRegistry({ url, schema });
  assert.equal(await other.processes.isDead({ process: { ...here, pid: 1 } }), true);
  assert.equal(await other.processes.isDead({ process: { ...here, host: "elsewhere" } }), false);
});
