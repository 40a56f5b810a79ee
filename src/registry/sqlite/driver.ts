import type { DatabaseSync } from "node:sqlite";
import { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { RegistryCapabilities } from "../contract/index.ts";
import { registryClosed } from "../rules/index.ts";
import type { RunOptions, SqlDriver, SqlWork } from "../sql/index.ts";
import { FileChanges } from "./changes.ts";
import { openDatabase, StatementRunner } from "./database.ts";
import { SqliteDialect } from "./dialect.ts";
import { isBusy, sqliteFailure } from "./failures.ts";
import { type FileIdentity, identifyFile, isSameFile } from "./file.ts";
import { ProcessLife } from "./process-life.ts";

/** What the driver is told; see `SqliteRegistryOptions`. */
export interface SqliteDriverOptions {
  readonly path: string;
  readonly runtime: Runtime;
  readonly busyTimeoutMs: number;
  readonly maxBytes: number | undefined;
  readonly clock: (() => number) | undefined;
}

const MEMORY = ":memory:";
/** The longest pause between two tries of a busy file. */
const MAX_PAUSE_MS = 16;

/**
 * One connection to one file. Work runs whole in one turn of the event loop, so that transactions neither interleave nor hold the file over an await.
 * A busy file is tried again asynchronously, with pauses by chance: SQLite's own waiting would stop the event loop.
 */
export class SqliteDriver implements SqlDriver {
  readonly dialect: SqliteDialect;
  readonly capabilities: RegistryCapabilities;
  readonly changes: FileChanges;
  readonly life: ProcessLife = new ProcessLife();
  readonly #options: SqliteDriverOptions;
  readonly #isFile: boolean;
  #setUp: () => SqlWork<void> = noSetUp;
  #database: DatabaseSync | undefined;
  #runner: StatementRunner | undefined;
  #file: FileIdentity | undefined;
  #reopening: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SqliteDriverOptions) {
    this.#options = options;
    this.#isFile = options.path !== MEMORY;
    this.dialect = new SqliteDialect(options.clock);
    this.capabilities = { sharedBy: this.#isFile ? "machine" : "process", durable: this.#isFile };
    this.changes = new FileChanges(this.#isFile ? options.path : undefined, options.runtime);
  }

  async open(setUp: () => SqlWork<void>): Promise<void> {
    this.#setUp = setUp;
    await this.#connect();
  }

  async run<Result>(work: () => SqlWork<Result>, { kind }: RunOptions): Promise<Result> {
    if (kind !== "read" && this.#isReplaced()) await (this.#reopening ??= this.#connect());
    return await this.#persist(() => this.#runNow(work, kind === "transaction"));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#disconnect();
    return Promise.resolve();
  }

  /** The file was deleted, or another put in its place: writing on would be writing to nowhere. */
  #isReplaced(): boolean {
    if (!this.#isFile) return false;
    return this.#reopening !== undefined || !isSameFile(identifyFile(this.#options.path), this.#file);
  }

  async #connect(): Promise<void> {
    try {
      this.#disconnect();
      const { path, maxBytes } = this.#options;
      this.#database = await this.#persist(async () => await openDatabase(path, this.#isFile, maxBytes));
      this.#runner = new StatementRunner(this.#database);
      if (this.#isFile) this.#file = identifyFile(path);
      await this.#persist(() => this.#runNow(this.#setUp, true));
      // Closed while it was opening: nobody else would close it.
      if (this.#isClosed) this.#disconnect();
    } catch (error) {
      this.#disconnect();
      throw error;
    } finally {
      this.#reopening = undefined;
    }
  }

  #disconnect(): void {
    this.changes.close();
    this.#runner = undefined;
    this.#database?.close();
    this.#database = undefined;
    this.#file = undefined;
  }

  #runNow<Result>(work: () => SqlWork<Result>, isTransaction: boolean): Result {
    if (this.#isClosed || this.#runner === undefined) throw registryClosed();
    return isTransaction ? this.#runner.transaction(work()) : this.#runner.run(work());
  }

  /** Tries until it works, fails otherwise than busy, or `busyTimeoutMs` are over. */
  async #persist<Result>(attempt: () => Result | Promise<Result>): Promise<Result> {
    const { runtime, busyTimeoutMs, path } = this.#options;
    const deadline = runtime.monotonic() + busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isBusy(error)) throw sqliteFailure(error, path);
        if (runtime.monotonic() >= deadline) throw busyError(path, busyTimeoutMs, error);
      }
      await runtime.sleep(pauseMs * (0.5 + runtime.random()));
      if (this.#isClosed) throw registryClosed();
    }
  }
}

function busyError(path: string, busyTimeoutMs: number, cause: unknown): TenureError {
  return new TenureError("registry_busy", `Other processes kept the registry ${path} busy for ${busyTimeoutMs} ms.`, {
    cause,
    retryable: true,
  });
}

// oxlint-disable-next-line no-empty-function
function* noSetUp(): SqlWork<void> {}
