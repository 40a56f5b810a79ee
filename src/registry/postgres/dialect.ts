import { hash } from "node:crypto";
import type { ColumnKind, SqlDialect, SqlStatement } from "../sql/index.ts";

/** Not `now()`, which stands still in a transaction that waited for a lock. */
const SERVER_CLOCK = "CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)";

/** PostgreSQL from 13 on. Every name is qualified: the search path is state of the session. */
export class PostgresDialect implements SqlDialect {
  /** What is listened to. */
  readonly channel: string;
  // "C": by code point, like SQLite, whatever the database's language.
  readonly types: Readonly<Record<ColumnKind, string>> = {
    text: 'text COLLATE "C"',
    integer: "bigint",
    cost: "numeric(38,0)",
  };
  readonly autoKey = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY";
  readonly forUpdate = " FOR UPDATE";
  readonly eventOrder: string;
  readonly migrationLock: readonly string[];
  readonly hasSchema: string;
  readonly createSchema: readonly string[];
  readonly #schema: string;
  readonly #clock: (() => number) | undefined;

  /** `schema`: checked, lower case. */
  constructor(schema: string, clock: (() => number) | undefined) {
    this.#schema = schema;
    this.#clock = clock;
    this.channel = `tenure_${schema}`;
    // A number is given when a row is written and a row is seen when its transaction ends. Without this lock a reader that follows would pass by
    // numbers of transactions that end later.
    this.eventOrder = `SELECT pg_advisory_xact_lock(${lockKey(`${schema} events`)})`;
    this.migrationLock = [`SELECT pg_advisory_xact_lock(${lockKey(`${schema} migration`)})`];
    // Read from the catalogue's tables: `to_regclass` may answer from a cache that is older than the wait for the migration's lock.
    this.hasSchema = `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = '${schema}' AND c.relname = 'schema_version'`;
    this.createSchema = [
      // IF NOT EXISTS needs the right to make schemas even where there is one already.
      `DO $$ BEGIN
         IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '${schema}') THEN CREATE SCHEMA "${schema}"; END IF;
       END $$`,
    ];
  }

  get now(): string {
    return this.#clock === undefined ? SERVER_CLOCK : `CAST(${Math.trunc(this.#clock())} AS bigint)`;
  }

  table(name: string): string {
    return `"${this.#schema}".${name}`;
  }

  rowsOf(parameter: string, columns: Readonly<Record<string, ColumnKind>>): string {
    const definitions = Object.entries(columns).map(([name, kind]) => `${name} ${this.types[kind]}`);
    return `(SELECT * FROM json_to_recordset(CAST(${parameter} AS json)) AS listed (${definitions.join(", ")}))`;
  }

  announcing({ text, values }: SqlStatement, resource: string): SqlStatement {
    const [channel, topic] = [`$${values.length + 1}`, `$${values.length + 2}`];
    return {
      text: `WITH changed AS (${text}) SELECT changed.*, pg_notify(${channel}, ${topic}) AS told FROM changed`,
      values: [...values, this.channel, topicOf(resource)],
    };
  }

  /** The lock that says that the process lives. */
  processLock(processId: string): string {
    return lockKey(`${this.#schema} process ${processId}`);
  }
}

/** What a notification says: a resource may be longer than the 8,000 bytes of a payload. */
export function topicOf(resource: string): string {
  return hash("sha256", resource, "hex").slice(0, 32);
}

/** Advisory locks are numbers of 64 bits, shared by all programs of the database: 8 bytes of a hash meet nobody else's. */
function lockKey(name: string): string {
  const digest = Buffer.from(hash("sha256", `tenure ${name}`, "hex").slice(0, 16), "hex");
  return digest.readBigInt64BE().toString();
}
