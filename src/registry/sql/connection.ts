import type { Runtime } from "../../runtime/index.ts";
import { registryClosed } from "../rules/index.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SqlDriver } from "./driver.ts";
import { migrate } from "./migrate.ts";
import type { SqlWork } from "./work.ts";

/** One process's way to the database: opened by the first call, at an end with `close`. */
export class SqlConnection {
  readonly driver: SqlDriver;
  readonly runtime: Runtime;
  readonly #closing = new AbortController();
  #opened: Promise<void> | undefined;

  constructor(driver: SqlDriver, runtime: Runtime) {
    this.driver = driver;
    this.runtime = runtime;
  }

  get dialect(): SqlDialect {
    return this.driver.dialect;
  }

  /** Fires when the connection closes, with the error that waits end with. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Opens once; a failure is not kept. */
  async open(): Promise<void> {
    this.#assertOpen();
    this.#opened ??= this.driver.open(() => migrate(this.dialect));
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
    this.#assertOpen();
  }

  async read<Result>(work: () => SqlWork<Result>): Promise<Result> {
    await this.open();
    return await this.driver.run(work, { kind: "read", isRepeatable: true });
  }

  /** Statements that are each whole by themselves, and may be repeated when nobody knows whether they happened. */
  async repeatable<Result>(work: () => SqlWork<Result>): Promise<Result> {
    await this.open();
    return await this.driver.run(work, { kind: "statement", isRepeatable: true });
  }

  /** A statement of which only the caller can say whether it may be repeated. */
  async statement<Result>(work: () => SqlWork<Result>): Promise<Result> {
    await this.open();
    return await this.driver.run(work, { kind: "statement" });
  }

  /** All or none. `isRepeatable`: see `RunOptions`. */
  async transaction<Result>(work: () => SqlWork<Result>, isRepeatable = false): Promise<Result> {
    await this.open();
    return await this.driver.run(work, { kind: "transaction", isRepeatable });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(registryClosed());
    await this.#opened?.catch(() => undefined);
    await this.driver.close();
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw registryClosed();
  }
}
