import { Client } from "pg";
import type { PostgresPool, PostgresPoolClient, PostgresQuery } from "../../src/registry/postgres/index.ts";

/**
 * What a proxy does that pools transactions: every statement outside a transaction goes to whichever server connection, every transaction to one.
 * Before each of them the connection forgets what its session held.
 */
export class TransactionPool implements PostgresPool, AsyncDisposable {
  readonly #servers: Client[];
  readonly #free: Client[] = [];
  readonly #waiting: ((server: Client) => void)[] = [];
  /** Server connections that were used. */
  readonly used: Set<Client> = new Set();
  #turn = 0;

  private constructor(servers: Client[]) {
    this.#servers = servers;
    this.#free.push(...servers);
  }

  static async open(url: string, size: number): Promise<TransactionPool> {
    const servers = Array.from({ length: size }, () => new Client(url));
    await Promise.all(servers.map((server) => server.connect()));
    return new TransactionPool(servers);
  }

  connect(): Promise<PostgresPoolClient> {
    let held: Client | undefined;
    const giveBack = (): void => {
      if (held !== undefined) this.#give(held);
      held = undefined;
    };
    const client: PostgresPoolClient = {
      query: async (query: PostgresQuery) => {
        const isInTransaction = held !== undefined;
        held ??= await this.#take();
        const verb = query.text.split(" ", 1)[0];
        const result = await held.query(query);
        if (verb === "COMMIT" || verb === "ROLLBACK" || (!isInTransaction && verb !== "BEGIN")) giveBack();
        return result;
      },
      on: () => client,
      removeListener: () => client,
      release: giveBack,
    };
    return Promise.resolve(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.end()));
  }

  async #take(): Promise<Client> {
    // Another connection each time, as far as there is one.
    this.#turn += 1;
    const server = this.#free.splice(this.#turn % Math.max(1, this.#free.length), 1)[0];
    const taken = server ?? (await new Promise<Client>((resolve) => this.#waiting.push(resolve)));
    this.used.add(taken);
    await taken.query("DISCARD ALL");
    return taken;
  }

  #give(server: Client): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(server);
    else next(server);
  }
}
