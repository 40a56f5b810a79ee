import type * as pgModule from "pg";
import { TenureError } from "../../errors/index.ts";
import type { SqlRow } from "../sql/index.ts";
import { DEFAULT_MAX_CONNECTIONS, type PostgresUrlOptions } from "./options.ts";

/** A statement, as `pg` takes it. */
export interface PostgresQuery {
  /** Only where sessions are known to be real: see `StatementNames`. */
  readonly name?: string;
  readonly text: string;
  readonly values: unknown[];
  readonly types: { readonly getTypeParser: (oid: number) => (text: string) => unknown };
}

/** What is used of a client of `pg`. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[] }>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  on(event: "notification", listener: (message: { readonly payload?: string | undefined }) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** A client on loan from a pool. */
export interface PostgresPoolClient extends PostgresClient {
  /** `true`: it is broken, throw it away. */
  release(isBroken?: boolean): void;
}

/** What is used of a pool of `pg`. */
export interface PostgresPool {
  connect(): Promise<PostgresPoolClient>;
  /** Every pool of `pg` has it; a pool of another make may do without. */
  on?(event: "connect", listener: (client: PostgresClient) => void): unknown;
  removeListener?(event: "connect", listener: (client: PostgresClient) => void): unknown;
}

/** A connection that lasts, and how it ends. */
export interface LastingClient {
  readonly client: PostgresClient;
  readonly end: () => Promise<void>;
}

/** The connections of a `url`. */
export interface OwnedConnections {
  readonly pool: PostgresPool;
  readonly connectLasting: () => Promise<LastingClient>;
  readonly end: () => Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5000;
/** The client's own: a time-out on the server would be a setting of the session. */
const QUERY_TIMEOUT_MS = 30_000;

/** A connection costs 10 to 40 ms of the processor, most of it for the password: longer than the 10 seconds of `pg`, for a program that resolves now and then. */
const POOL = { idleTimeoutMillis: 60_000, allowExitOnIdle: true };

const BOOLEAN = 16;
/** int8, int2, int4. Values of the registry stay below 2^53; those that may not are cast to text. */
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23]);

/** Reads what PostgreSQL sends as the SQL registry wants it, whatever parsers the program has set for itself. */
export const TYPES: PostgresQuery["types"] = {
  getTypeParser: (oid) => {
    if (NUMBERS.has(oid)) return Number;
    return oid === BOOLEAN ? (text) => (text === "t" ? 1 : 0) : (text) => text;
  },
};

/** Sends one statement, under its name if it has one. */
export async function query(
  client: PostgresClient,
  text: string,
  values: readonly unknown[] = [],
  name?: string,
): Promise<readonly SqlRow[]> {
  const sent = { text, values: [...values], types: TYPES };
  const { rows } = await client.query(name === undefined ? sent : { ...sent, name });
  return rows as readonly SqlRow[];
}

/** Loads `pg` and makes a pool; nothing is connected yet. */
export async function connectUrl(options: PostgresUrlOptions): Promise<OwnedConnections> {
  const { default: pg } = await loadPg();
  const { url, password, ssl, maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  const config = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    fallback_application_name: "tenure",
    ...(ssl === undefined ? {} : { ssl }),
  };
  /**
   * `pg` lets the URL's password win, also an absent one; set here, a function is asked anew by every client.
   *
   * It has a listener for errors from birth: the server may greet it and end it in one packet, before whoever asked for it could add one, and an error
   * that nobody listens to ends the process. The statement that runs, or the next one, fails with the same error.
   */
  class Client extends pg.Client {
    constructor(given?: typeof config) {
      super(given ?? config);
      this.on("error", () => undefined);
      if (password !== undefined)
        Object.defineProperty(this, "password", { value: password, writable: true, configurable: true });
    }
  }
  const pool = new pg.Pool({ ...config, ...POOL, max: maxConnections, Client });
  // A client that waits in the pool and loses its connection is replaced by the pool; without a listener the process would end.
  pool.on("error", () => undefined);
  return {
    pool,
    connectLasting: async () => {
      const client = new Client(config);
      await client.connect();
      // Whoever waits keeps the process alive; listening alone does not.
      if ("unref" in client && typeof client.unref === "function") client.unref();
      return { client, end: async () => await client.end() };
    },
    end: async () => await pool.end(),
  };
}

/** A client of the caller's pool, kept. */
export async function keepClient(pool: PostgresPool): Promise<LastingClient> {
  const client = await pool.connect();
  return {
    client,
    end: () => {
      // Thrown away even if it works: it listens and holds locks, which nobody else of the pool should inherit.
      client.release(true);
      return Promise.resolve();
    },
  };
}

async function loadPg(): Promise<typeof pgModule> {
  try {
    return await import("pg");
  } catch (error) {
    throw new TenureError("package_missing", "PostgresRegistry needs the package `pg`.", {
      cause: error,
      hint: "Install it: npm install pg",
    });
  }
}
