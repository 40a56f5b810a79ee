import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Client, Pool, type PoolClient } from "pg";
import type { PostgresPool, PostgresPoolClient, PostgresQuery } from "../../src/registry/postgres/index.ts";

/** A connection that is lost with the next statement that matches. */
export interface ConnectionFault {
  /** A number: its place in `sent`. */
  readonly statement: RegExp | number;
  /**
   * `before`: the statement never reached the server. `in`: it was sent, and the connection destroyed before an answer: perhaps it is done, perhaps by now, perhaps
   * only soon. `after`: it was done, and the answer is lost.
   */
  readonly when: "before" | "in" | "after";
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

  /** Resolves once every client was given back: never if one leaked. */
  async isIdle(): Promise<void> {
    while (this.#pool.totalCount > this.#pool.idleCount) await setImmediate();
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
    const state = { isLost: false };
    const faulty: PostgresPoolClient = {
      query: (query) => this.#query(client, query, state),
      on: (event: "error" | "end" | "notification", listener: (argument: never) => void) =>
        client.on(event as "error", listener as (error: Error) => void),
      removeListener: (event, listener) => client.removeListener(event, listener),
      release: (isBroken) => {
        if (isBroken === true && state.isLost) void rollBack(client);
        else client.release(isBroken);
      },
    };
    return faulty;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  async #query(
    client: PoolClient,
    query: PostgresQuery,
    state: { isLost: boolean },
  ): Promise<{ readonly rows: readonly unknown[] }> {
    const place = this.sent.push(query.text) - 1;
    const index = this.#faults.findIndex(({ statement }) =>
      typeof statement === "number" ? statement === place : statement.test(query.text),
    );
    const [fault] = index === -1 ? [] : this.#faults.splice(index, 1);
    if (fault?.when !== "before") {
      const answer = client.query(query);
      if (fault?.when === "in") client.connection.stream.destroy();
      const result = await answer;
      if (fault === undefined) return result;
    }
    state.isLost = true;
    throw new Error("Connection terminated unexpectedly");
  }
}

/** What the server does when a connection is lost. The connection itself serves on: a new one would cost more than all that the tests do on it. */
async function rollBack(client: PoolClient): Promise<void> {
  await client.query("ROLLBACK");
  client.release();
}
