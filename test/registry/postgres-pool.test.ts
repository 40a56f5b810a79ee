import assert from "node:assert/strict";
import { test } from "node:test";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { type OpenRegistry, registryConformance } from "../../src/testing/index.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { shiftedClock } from "../support/shifted-clock.ts";
import { TransactionPool } from "../support/transaction-pool.ts";

const SERVER_CONNECTIONS = 4;

/** Of one case. */
let mostUsed = 0;

const open: OpenRegistry = async () => {
  const pool = await TransactionPool.open(await postgresUrl(), SERVER_CONNECTIONS);
  const schema = newSchema();
  const { clock, advance } = shiftedClock();
  const connections: PostgresRegistry[] = [];
  const connect = (): PostgresRegistry => {
    const connection = new PostgresRegistry({ pool, schema, clock });
    connections.push(connection);
    return connection;
  };
  return {
    registry: connect(),
    connect: () => Promise.resolve(connect()),
    advance,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await pool[Symbol.asyncDispose]();
      // Cases that are refused before any I/O use none; the migration alone uses one.
      mostUsed = Math.max(mostUsed, pool.used.size);
    },
  };
};

for (const { name, run } of registryConformance) {
  test(`PostgreSQL registry behind a pool of transactions: ${name}`, () => run(open));
}

test("the pool of transactions spreads one registry over all of its connections", () => {
  assert.equal(mostUsed, SERVER_CONNECTIONS);
});
