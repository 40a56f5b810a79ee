import type { Runtime } from "../../runtime/index.ts";
import type { ProcessIdentity } from "../contract/index.ts";
import {
  birthOf,
  type Evidence,
  type SeenHere,
  seeProcess,
  type SignOfLife,
  type SqlRow,
  type SqlValue,
} from "../sql/index.ts";
import { type PostgresClient, query } from "./client.ts";
import type { PostgresDialect } from "./dialect.ts";
import type { Session } from "./session.ts";

/** What the sign of life needs from the driver. */
export interface SessionLifeOptions {
  readonly runtime: Runtime;
  readonly dialect: PostgresDialect;
  /** Absent without a lasting connection: then only processes of the same machine are seen. */
  readonly session: Session | undefined;
  readonly read: (text: string, values: readonly SqlValue[]) => Promise<SqlRow | undefined>;
  /** Writes a sign into the registry's record of the process. */
  readonly setSign: (processId: string, sign: string) => Promise<void>;
}

/** A connection that broke is up again within this time, or its process has taken its sign back. */
const CONFIRM_MS = 50;

/** A sign as the record keeps it: what the machine says of the process, and the server's start when the session took its lock. */
type Sign = readonly [birth: string | null, session: string | null];

/**
 * On the same machine the process can be seen. From elsewhere, a lock of the session says that it lives: the server frees it when the connection goes, some
 * 15 ms after SIGKILL.
 *
 * A connection may go and its process live on. Hence the process takes its sign back as soon as it notices, whoever judges looks twice, and a sign
 * from before the server's last start says nothing. What remains (a process cut off from the server) may be believed dead; it then cannot write
 * either, and its fence keeps it from doing so later.
 */
export class SessionLife implements SignOfLife {
  readonly #options: SessionLifeOptions;
  /** The processes of this connection, and what this machine says of each. */
  readonly #births = new Map<string, string | null>();
  /** The last write of a sign: the next waits for it, so that a sign which is taken back stays taken back. */
  #written: Promise<void> = Promise.resolve();

  constructor(options: SessionLifeOptions) {
    this.#options = options;
  }

  async start(process: ProcessIdentity): Promise<string | undefined> {
    const { session } = this.#options;
    const birth = birthOf(process) ?? null;
    if (session === undefined) return birth === null ? undefined : signOf(birth, null);
    this.#births.set(process.id, birth);
    await session.start();
    const { client } = session;
    // If the connection comes up later, `onUp` takes the lock and writes the sign anew. If it goes meanwhile, it comes up again.
    await (client === undefined ? this.#write(process.id, null) : this.#show(client, process.id)).catch(
      () => undefined,
    );
    return undefined;
  }

  async stop(processId: string): Promise<void> {
    if (!this.#births.delete(processId)) return;
    const client = this.#options.session?.client;
    if (client === undefined) return;
    // A lock that stays does no harm: the record says that the process ended.
    await query(client, "SELECT pg_advisory_unlock($1) AS freed", [this.#options.dialect.processLock(processId)]).catch(
      () => undefined,
    );
  }

  /** Shared, so that two who look at once do not take each other for the process; given back at the end of the statement. */
  evidence(processId: string): Evidence {
    const lock = this.#options.dialect.processLock(processId);
    return {
      columns: [`${SERVER_START} AS started`, "pg_try_advisory_xact_lock_shared(CAST($2 AS bigint)) AS free"],
      values: [lock],
    };
  }

  see(process: ProcessIdentity, record: SqlRow): SeenHere {
    const [birth] = readSign(record);
    return birth === null ? "unknown" : seeProcess(process, birth);
  }

  /** Where there is a session, its lock has to be free in any case: what is seen here then spares the second look. */
  async isGone(process: ProcessIdentity, record: SqlRow): Promise<boolean> {
    const [, session] = readSign(record);
    const isSeenGone = this.see(process, record) === "gone";
    if (session === null || isSeenGone) return isSeenGone && (session === null || looksGone(record));
    if (!looksGone(record)) return false;
    await this.#options.runtime.sleep(CONFIRM_MS);
    const { dialect, read } = this.#options;
    const { columns, values } = this.evidence(process.id);
    const again = await read(
      `SELECT ${["sign", ...columns].join(", ")} FROM ${dialect.table("processes")} WHERE id = $1`,
      [process.id, ...values],
    );
    return again !== undefined && again.sign === record.sign && looksGone(again);
  }

  /** The connection is up again: takes every lock anew, and says so in the records. */
  async onUp(client: PostgresClient): Promise<void> {
    for (const processId of this.#births.keys()) await this.#show(client, processId);
  }

  /** The connection went: takes the signs back, through the pool, before anybody takes it for death. */
  onDown(): void {
    for (const processId of this.#births.keys()) void this.#write(processId, null).catch(() => undefined);
  }

  /** Takes the lock, then writes the sign, unless the connection went in between: whoever notices that writes after us. */
  async #show(client: PostgresClient, processId: string): Promise<void> {
    await this.#write(processId, await this.#take(client, processId));
  }

  #write(processId: string, session: string | null): Promise<void> {
    const sign = signOf(this.#births.get(processId) ?? null, session);
    const written = this.#written.then(() => this.#options.setSign(processId, sign));
    this.#written = written.catch(() => undefined);
    return written;
  }

  async #take(client: PostgresClient, processId: string): Promise<string | null> {
    const lock = this.#options.dialect.processLock(processId);
    // Waits if somebody is just looking; taken twice by the same session it is held once more, which ends with the session too.
    const [row] = await query(client, `SELECT pg_advisory_lock($1) AS taken, ${SERVER_START} AS started`, [lock]);
    return row === undefined ? null : String(row.started);
  }
}

function looksGone(record: SqlRow): boolean {
  const [, session] = readSign(record);
  return session !== null && record.started === session && record.free === 1;
}

function signOf(...sign: Sign): string {
  return JSON.stringify(sign);
}

/** A sign of an older release is the server's start alone. */
function readSign({ sign }: SqlRow): Sign {
  const read: unknown = JSON.parse(String(sign));
  return Array.isArray(read) ? (read as unknown as Sign) : [null, String(sign)];
}

const SERVER_START = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS text)";
