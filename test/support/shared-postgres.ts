import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { Client } from "pg";
import { type PostgresServer, startPostgres } from "./postgres.ts";

let server: Promise<PostgresServer> | undefined;
const users: (() => Promise<void>)[] = [];
/** What a server that was given keeps otherwise: schemas, and roles of the same names. */
const made: string[] = [];

// Here and not where it starts: a hook that is set inside a test runs at the end of that test.
after(async () => {
  await Promise.all(users.map((end) => end()));
  if (server !== undefined && process.env["TENURE_TEST_POSTGRES"]) await dropAll((await server).url);
  await (await server)?.close();
});

async function dropAll(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const name of made) {
      await client.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`);
      await client.query(`DROP ROLE IF EXISTS "${name}"`);
    }
  } finally {
    await client.end();
  }
}

/** The URL of the PostgreSQL of this test run, started for the first who asks. Tests keep apart by schemas. */
export async function postgresUrl(): Promise<string> {
  server ??= startPostgres();
  return (await server).url;
}

/** Has something ended that stays connected between tests: once all tests are done, before the server goes. */
export function endBeforePostgres(end: () => Promise<void>): void {
  users.push(end);
}

/** A schema of its own for one test, or a role. A server that was given has neither when the tests are over. */
export function newSchema(): string {
  const name = `test_${randomUUID().replaceAll("-", "").slice(0, 20)}`;
  made.push(name);
  return name;
}
