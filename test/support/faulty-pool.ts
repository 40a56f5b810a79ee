import { randomUUID } from "node:crypto";
import { Client, Pool, type PoolClient } from "pg";
import type { PostgresPool, PostgresPoolClient, PostgresQuery } from "../../src/registry/postgres/index.ts";

/** A connection that is lost with the next statement that matches. */
export interface ConnectionFault {
  readonly statement: RegExp;
  /** `before`: the statement never reached the server. `after`: it was done, and the answer is lost. */
  readonly when: "before" | "after";
}

/** A pool whose connections are lost when the test says so, at the statement that it names. */
export class FaultyPool implements PostgresPool, AsyncDisposable {
  readonly #url: string;
  readonly #name = `faulty ${randomUUID()}`;
  readonly #pool: Pool;
  readonly #faults: ConnectionFault[] = [];
  /** Statements that were sent, in their order. */
  readonly sent: string[] = [];

  constructor(url: string) {
    this.#url = url;
    this.#pool = new Pool({ connectionString: url, max: 3, application_name: this.#name });
    this.#pool.on("error", () => undefined);
  }

  inject(fault: ConnectionFault): void {
    this.#faults.push(fault);
  }

  /** The server ends all connections of the pool. By a connection beside it: the pool may not have noticed the last time yet. */
  async terminate(): Promise<void> {
    const killer = new Client(this.#url);
    await killer.connect();
    try {
      await killer.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
        this.#name,
      ]);
    } finally {
      await killer.end();
    }
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const faulty: PostgresPoolClient = {
      query: (query) => this.#query(client, query),
      on: (event: "error" | "end" | "notification", listener: (argument: never) => void) =>
        client.on(event as "error", listener as (error: Error) => void),
      removeListener: (event, listener) => client.removeListener(event, listener),
      release: (isBroken) => client.release(isBroken),
    };
    return faulty;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  async #query(client: PoolClient, query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }> {
    this.sent.push(query.text);
    const index = this.#faults.findIndex(({ statement }) => statement.test(query.text));
    const [fault] = index === -1 ? [] : this.#faults.splice(index, 1);
    const result = fault?.when === "before" ? undefined : await client.query(query);
    if (fault === undefined && result !== undefined) return result;
    throw new Error("Connection terminated unexpectedly");
  }
}
