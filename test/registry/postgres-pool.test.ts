import assert from "node:assert/strict";
import { test } from "node:test";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { type OpenRegistry, registryConformance } from "../../src/testing/index.ts";
import { ReusedSchemas } from "../support/reused-schemas.ts";
import { endBeforePostgres, postgresUrl } from "../support/shared-postgres.ts";
import { shiftedClock } from "../support/shifted-clock.ts";
import { TransactionPool } from "../support/transaction-pool.ts";

const SERVER_CONNECTIONS = 4;
const schemas = new ReusedSchemas(postgresUrl);

/** Of one case. */
let mostUsed = 0;

// One for all cases: to connect four times takes longer than most of them.
let shared: Promise<TransactionPool> | undefined;
endBeforePostgres(async () => {
  await (await shared)?.[Symbol.asyncDispose]();
});

const open: OpenRegistry = async () => {
  shared ??= postgresUrl().then((url) => TransactionPool.open(url, SERVER_CONNECTIONS));
  const pool = await shared;
  pool.used.clear();
  const schema = schemas.take();
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
      await schemas.giveBack(schema);
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
