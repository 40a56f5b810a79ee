import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { type OpenRegistry, registryConformance } from "../../src/testing/index.ts";
import { shiftedClock } from "../support/shifted-clock.ts";

const open: OpenRegistry = async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenure-sqlite-"));
  const path = join(folder, "nested", "registry.db");
  const { clock, advance } = shiftedClock();
  const connections: SqliteRegistry[] = [];
  const connect = (): SqliteRegistry => {
    const connection = new SqliteRegistry(path, { clock });
    connections.push(connection);
    return connection;
  };
  return {
    registry: connect(),
    connect: () => Promise.resolve(connect()),
    advance,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await rm(folder, { recursive: true });
    },
  };
};

for (const { name, run } of registryConformance) test(`SQLite registry: ${name}`, () => run(open));
