import type { ProcessIdentity, ProcessStore } from "../contract/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SignOfLife } from "./driver.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

/** Batches and processes of which nothing was heard for so long are forgotten. No process repeats a batch after a week. */
const MEMORY_MS = 7 * 24 * 3_600_000;

/** A process that can be seen from here is looked at without the registry, which is asked only this often whether it withdrew: whoever waits for a lease looks often. */
const IN_SIGHT_MS = 250;
const MAX_IN_SIGHT = 100;

export class SqlProcesses implements ProcessStore {
  readonly #connection: SqlConnection;
  readonly #inSight = new Map<string, { readonly record: SqlRow; readonly until: number }>();

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async register(params: { readonly process: ProcessIdentity }): Promise<void> {
    const { dialect, driver } = this.#connection;
    this.#inSight.delete(params.process.id);
    await this.#connection.open();
    await this.#connection.repeatable(function* () {
      yield* upsertProcess(dialect, params.process);
      yield* forget(dialect);
    });
    const sign = await driver.life.start(params.process);
    if (sign !== undefined) await this.#connection.repeatable(() => setSign(dialect, params.process.id, sign));
  }

  async unregister(params: { readonly processId: string }): Promise<void> {
    const { dialect, driver } = this.#connection;
    this.#inSight.delete(params.processId);
    await this.#connection.repeatable(() => endProcess(dialect, params.processId));
    await driver.life.stop(params.processId);
  }

  async isDead(params: { readonly process: ProcessIdentity }): Promise<boolean> {
    const { process } = params;
    const { dialect, driver, runtime } = this.#connection;
    const known = this.#inSight.get(process.id);
    if (known !== undefined && runtime.monotonic() < known.until && driver.life.see(process, known.record) === "alive")
      return false;
    this.#inSight.delete(process.id);
    const record = await this.#connection.read(() => selectProcess(dialect, driver.life, process.id));
    if (record === undefined) return false;
    if (record.ended_at !== null) return true;
    if (record.sign === null) return false;
    if (await driver.life.isGone(process, record)) return true;
    if (driver.life.see(process, record) === "alive") this.#keepInSight(process.id, record);
    return false;
  }

  #keepInSight(processId: string, record: SqlRow): void {
    if (this.#inSight.size >= MAX_IN_SIGHT) this.#inSight.clear();
    this.#inSight.set(processId, { record, until: this.#connection.runtime.monotonic() + IN_SIGHT_MS });
  }
}

/** Writes the sign anew, for a driver that has to start it again. */
export function setSign(dialect: SqlDialect, processId: string, sign: string): SqlWork<readonly SqlRow[]> {
  return rowsOf(`UPDATE ${dialect.table("processes")} SET sign = $2 WHERE id = $1`, [processId, sign]);
}

/** Without a sign of life: it is written once there is one. */
function upsertProcess(dialect: SqlDialect, process: ProcessIdentity): SqlWork<readonly SqlRow[]> {
  return rowsOf(
    `INSERT INTO ${dialect.table("processes")} (id, host, pid, registered_at) VALUES ($1, $2, $3, ${dialect.now})
     ON CONFLICT (id) DO UPDATE SET host = excluded.host, pid = excluded.pid, sign = NULL, ended_at = NULL`,
    [process.id, process.host, process.pid],
  );
}

function endProcess(dialect: SqlDialect, processId: string): SqlWork<readonly SqlRow[]> {
  return rowsOf(
    `INSERT INTO ${dialect.table("processes")} (id, host, pid, registered_at, ended_at) VALUES ($1, '', 0, ${dialect.now}, ${dialect.now})
     ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at`,
    [processId],
  );
}

function selectProcess(dialect: SqlDialect, life: SignOfLife, processId: string): SqlWork<SqlRow | undefined> {
  const { columns, values } = life.evidence(processId);
  return rowOf(
    `SELECT ${["sign", "ended_at", ...columns].join(", ")} FROM ${dialect.table("processes")} WHERE id = $1`,
    [processId, ...values],
  );
}

/** Not the processes whose end is unknown, nor those that an agent names as its owner. */
function* forget(dialect: SqlDialect): SqlWork<void> {
  yield* rowsOf(
    `DELETE FROM ${dialect.table("processes")} WHERE ended_at < ${dialect.now} - ${MEMORY_MS}
       AND id NOT IN (SELECT owner_id FROM ${dialect.table("agents")} WHERE owner_id IS NOT NULL)`,
  );
  yield* rowsOf(`DELETE FROM ${dialect.table("batches")} WHERE applied_at < ${dialect.now} - ${MEMORY_MS}`);
}
