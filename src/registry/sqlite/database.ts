import type { DatabaseSync, StatementSync } from "node:sqlite";
import { TenureError } from "../../errors/index.ts";
import type { SqlRow, SqlStatement, SqlWork } from "../sql/index.ts";
import { prepareFile } from "./file.ts";

/** How long SQLite itself waits for another process: longer would stop the event loop, up to 3 s for 8 writers as measured. */
const BUSY_TIMEOUT_MS = 4;
/** Statements differ by what is filtered; there are fewer than this, unless a test injects a clock. */
const MAX_STATEMENTS = 256;

/** Opens the file, in write-ahead mode. `NORMAL`: a power cut may lose the last commits and tears nothing; the stamps find what they spoke of. */
export async function openDatabase(path: string, isFile: boolean, maxBytes: number | undefined): Promise<DatabaseSync> {
  if (isFile) prepareFile(path);
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true });
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    if (isFile) {
      assertOurs(database, path);
      database.exec("PRAGMA journal_mode = WAL");
    }
    database.exec("PRAGMA synchronous = NORMAL");
    // What a page of a list is sorted in is a file of its own otherwise: 140 instead of 50 microseconds for an empty one.
    database.exec("PRAGMA temp_store = MEMORY");
    if (maxBytes !== undefined) limitSize(database, maxBytes);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Before anything is changed in the file: the journal mode is kept in it. */
function assertOurs(database: DatabaseSync, path: string): void {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  if (tables.length === 0 || tables.some(({ name }) => name === "schema_version")) return;
  throw new TenureError("registry_not_a_database", `The database ${path} holds tables of another program.`);
}

function limitSize(database: DatabaseSync, maxBytes: number): void {
  const pageSize = Number(database.prepare("PRAGMA page_size").get()?.["page_size"] ?? 4096);
  database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`);
}

/** Runs work on one connection, in one go. */
export class StatementRunner {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  run<Result>(work: SqlWork<Result>): Result {
    let step = work.next([]);
    while (step.done !== true) step = work.next(this.#rows(step.value));
    return step.value;
  }

  /** `IMMEDIATE`: the write lock is taken at the start, where waiting for it can be repeated. */
  transaction<Result>(work: SqlWork<Result>): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = this.run(work);
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full; the first error says why.
    }
  }

  #rows({ text, values }: SqlStatement): readonly SqlRow[] {
    const parameters = Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
    return this.#prepare(text).all(parameters) as readonly SqlRow[];
  }

  #prepare(text: string): StatementSync {
    const known = this.#statements.get(text);
    if (known !== undefined) return known;
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear();
    const statement = this.#database.prepare(text);
    this.#statements.set(text, statement);
    return statement;
  }
}
