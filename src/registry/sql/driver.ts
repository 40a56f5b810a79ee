import type { ProcessIdentity, RegistryCapabilities } from "../contract/index.ts";
import type { Listening } from "../rules/index.ts";
import type { SqlDialect } from "./dialect.ts";
import type { SeenHere } from "./process-birth.ts";
import type { SqlRow, SqlValue, SqlWork } from "./work.ts";

/**
 * How statements run.
 * `read`: outside a transaction, and again if the connection was lost.
 * `statement`: each by itself whole, outside a transaction.
 * `transaction`: all or none.
 */
export type WorkKind = "read" | "statement" | "transaction";

/** What running needs to know. */
export interface RunOptions {
  readonly kind: WorkKind;
  /**
   * Whether running it twice does the same as once, so that it may be repeated when nobody knows if it happened. Default: only for `read`. Whatever
   * certainly did not happen is repeated in any case.
   */
  readonly isRepeatable?: boolean | undefined;
}

/** How those who wait learn of changes. */
export interface ChangeSource {
  /** Hears of changes of the resource from now on. */
  listen(resource: string): Listening;
  /** How long a wait rests that begins with a lease met a moment ago: whoever has it writes most in its first milliseconds, and each write is word. */
  readonly restMs: number;
  /** How long to wait for word before looking, the first time. It doubles from look to look. */
  readonly firstPollMs: number;
  /** The same after word that came to nothing: what it was about may be seen a moment later. */
  readonly toldPollMs: number;
  /** And the longest. */
  readonly maxPollMs: number;
  /** Whether word is of this very resource: its lease was given back, or a revision committed. Then there is no need to look first. */
  readonly tellsReleases: boolean;
  /** Wakes those who wait in this process. */
  wake(resource: string): void;
}

/** Columns of a statement whose first parameter is the process's id, and the values of the parameters behind it. */
export interface Evidence {
  readonly columns: readonly string[];
  readonly values: readonly SqlValue[];
}

/** How one can see, beside the registry's records, that a process still lives. */
export interface SignOfLife {
  /**
   * Starts it, for a process that is on record. Gives what others need to judge it, to be written into the record; `undefined` if nothing can be known, or if
   * it writes by itself.
   */
  start(process: ProcessIdentity): Promise<string | undefined>;
  stop(processId: string): Promise<void>;
  /** What is read beside the record of a process, in the same statement: whoever waits for a lease asks often. */
  readonly evidence: (processId: string) => Evidence;
  /** What is seen without asking the registry of the process that gave the sign in this record. */
  see(process: ProcessIdentity, record: SqlRow): SeenHere;
  /** `true` only if the process is certainly gone that gave the sign in this record, which was read just now. */
  isGone(process: ProcessIdentity, record: SqlRow): Promise<boolean>;
}

/** An engine, as the SQL registry needs it. Failures reach the caller as `TenureError`. */
export interface SqlDriver {
  readonly dialect: SqlDialect;
  readonly capabilities: RegistryCapabilities;
  readonly changes: ChangeSource;
  readonly life: SignOfLife;
  /** Connects and runs `setUp` in a transaction: now, and whenever the database turns out to be a new one. */
  open(setUp: () => SqlWork<void>): Promise<void>;
  run<Result>(work: () => SqlWork<Result>, options: RunOptions): Promise<Result>;
  close(): Promise<void>;
}
