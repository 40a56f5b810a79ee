import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { type PostgresServer, startPostgres } from "./postgres.ts";

let server: Promise<PostgresServer> | undefined;
const users: (() => Promise<void>)[] = [];

// Here and not where it starts: a hook that is set inside a test runs at the end of that test.
after(async () => {
  await Promise.all(users.map((end) => end()));
  await (await server)?.close();
});

/** The URL of the PostgreSQL of this test run, started for the first who asks. Tests keep apart by schemas. */
export async function postgresUrl(): Promise<string> {
  server ??= startPostgres();
  return (await server).url;
}

/** Has something ended that stays connected between tests: once all tests are done, before the server goes. */
export function endBeforePostgres(end: () => Promise<void>): void {
  users.push(end);
}

/** A schema of its own for one test. */
export function newSchema(): string {
  return `test_${randomUUID().replaceAll("-", "").slice(0, 20)}`;
}
