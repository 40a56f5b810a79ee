import { TenureError } from "../../errors/index.ts";
import { type Runtime, systemRuntime } from "../../runtime/index.ts";
import { SqlRegistry } from "../sql/index.ts";
import { SqliteDriver, type SqliteDriverOptions } from "./driver.ts";

/** What a `SqliteRegistry` can be told. */
export interface SqliteRegistryOptions {
  /** How long one call tries to get its turn while other processes write, in milliseconds: 0 to 600,000. Then it rejects with `registry_busy`. Default 5,000. */
  readonly busyTimeoutMs?: number | undefined;
  /** The database may not grow beyond this many bytes: writes reject with `registry_full`. At least 65,536. Default: no limit but the disk's. */
  readonly maxBytes?: number | undefined;
  /** Time and chance. Default: the machine's. */
  readonly runtime?: Runtime | undefined;
  /** For tests: the clock of the registry, epoch milliseconds. All who share the file must be given the same. Default: SQLite's. */
  readonly clock?: (() => number) | undefined;
}

const DEFAULT_BUSY_TIMEOUT_MS = 5000;

/**
 * A registry in one SQLite file that any number of processes of one machine share, on `node:sqlite`. Not for network file systems, where SQLite's
 * locks do not hold.
 *
 * The first call opens or makes the file (mode 0600) and its folder. Rejects with `registry_not_a_file`, `registry_read_only`,
 * `registry_not_a_database`, `registry_schema_newer`, `registry_full`, `registry_busy` or `registry_unavailable`.
 * A file that is deleted while it is open is made anew by the next write.
 */
export class SqliteRegistry extends SqlRegistry {
  /** `path`: the file, or `:memory:` for a registry that ends with this object. */
  constructor(path: string, options: SqliteRegistryOptions = {}) {
    const runtime = options.runtime ?? systemRuntime;
    super(new SqliteDriver(checkOptions(path, options, runtime)), runtime);
  }
}

function checkOptions(path: string, options: SqliteRegistryOptions, runtime: Runtime): SqliteDriverOptions {
  const { busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS, maxBytes, clock } = options;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new TenureError(
      "invalid_option",
      `Expected the registry's path to be the name of a file, got ${JSON.stringify(path)}.`,
    );
  }
  assertWhole("busyTimeoutMs", busyTimeoutMs, 0, 600_000);
  if (maxBytes !== undefined) assertWhole("maxBytes", maxBytes, 65_536, Number.MAX_SAFE_INTEGER);
  return { path, runtime, busyTimeoutMs, maxBytes, clock };
}

function assertWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`${name}\` to be a whole number from ${min} to ${max}, got ${String(value)}.`,
  );
}
