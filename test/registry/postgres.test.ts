import { test } from "node:test";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { type OpenRegistry, registryConformance } from "../../src/testing/index.ts";
import { ReusedSchemas } from "../support/reused-schemas.ts";
import { postgresUrl } from "../support/shared-postgres.ts";
import { shiftedClock } from "../support/shifted-clock.ts";

const schemas = new ReusedSchemas(postgresUrl);

const open: OpenRegistry = async () => {
  const url = await postgresUrl();
  const schema = schemas.take();
  const { clock, advance } = shiftedClock();
  const connections: PostgresRegistry[] = [];
  const connect = (): PostgresRegistry => {
    const connection = new PostgresRegistry({ url, schema, clock });
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
    },
  };
};

for (const { name, run } of registryConformance) test(`PostgreSQL registry: ${name}`, () => run(open));
