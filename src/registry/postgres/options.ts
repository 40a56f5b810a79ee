import type { ConnectionOptions } from "node:tls";
import { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { PostgresPool } from "./client.ts";

/** What every `PostgresRegistry` can be told. */
export interface PostgresCommonOptions {
  /** Where the tables live: `[a-z_][a-z0-9_]*`, up to 40 characters. Made if it is not there. Default `tenure`. */
  readonly schema?: string | undefined;
  /**
   * Whether to hold one connection of its own for as long as the registry is open. On it waiters are woken by NOTIFY, and others see at once that this
   * process died. Without it waiters look again every 50 ms at the latest, and a death on another machine shows when the lease runs out. Switch it off behind a proxy that
   * pools transactions; if such a proxy swallows the notifications, the registry finds out and goes on without. Default: `true` for `url`, `false` for `pool`,
   * which would lose one of its connections.
   */
  readonly sessions?: boolean | undefined;
  /** How long a call that certainly did not happen, or may happen twice, is tried again after the connection was lost: 0 to 600,000 ms. Default 1,000. */
  readonly retryMs?: number | undefined;
  /** Time and chance. Default: the machine's. */
  readonly runtime?: Runtime | undefined;
  /** For tests: the clock of the registry, epoch milliseconds. All who share the schema must be given the same. Default: the server's. */
  readonly clock?: (() => number) | undefined;
}

/** A registry that opens connections, and closes them with `close()`. */
export interface PostgresUrlOptions extends PostgresCommonOptions {
  /** `postgres://user@host:5432/database`; `sslmode` and the like as `pg` reads them. */
  readonly url: string;
  /** The password, if not in the URL; a function is asked for every new connection: for Entra tokens and other passwords that expire. */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /** TLS; `true` checks the server's certificate, `{ ca }` (PEM) by an authority of your own. Default: what the URL says, else none. */
  readonly ssl?: boolean | ConnectionOptions | undefined;
  /** The most connections beside that of `sessions`: 1 to 1,000. Default 5. */
  readonly maxConnections?: number | undefined;
}

/** A registry on a `pg` pool of the caller, who closes it. The pool needs a listener for `error`, as `pg` says. */
export interface PostgresPoolOptions extends PostgresCommonOptions {
  readonly pool: PostgresPool;
}

export type PostgresRegistryOptions = PostgresUrlOptions | PostgresPoolOptions;

export const DEFAULT_RETRY_MS = 1000;
export const DEFAULT_MAX_CONNECTIONS = 5;
const DEFAULT_SCHEMA = "tenure";

/** Refuses wrong options before any I/O. Gives the name of the schema. */
export function checkOptions(options: PostgresRegistryOptions): string {
  const { schema = DEFAULT_SCHEMA, retryMs = DEFAULT_RETRY_MS } = options;
  // The rest of PostgreSQL's 63 is for the channel's prefix.
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
    throw new TenureError(
      "invalid_option",
      `Expected \`schema\` to match [a-z_][a-z0-9_]* and have up to 40 characters, got ${JSON.stringify(schema)}.`,
    );
  }
  assertWhole("retryMs", retryMs, 0, 600_000);
  if ("url" in options) checkUrl(options);
  else if (typeof options.pool?.connect !== "function")
    throw new TenureError("invalid_option", "Expected `url`, or `pool` to be a pool of `pg`.");
  return schema;
}

function checkUrl({ url, maxConnections = DEFAULT_MAX_CONNECTIONS }: PostgresUrlOptions): void {
  assertWhole("maxConnections", maxConnections, 1, 1000);
  if (typeof url === "string" && /^postgres(ql)?:\/\/./.test(url) && URL.canParse(url)) return;
  throw new TenureError("invalid_option", "Expected `url` to be postgres://user@host:port/database.");
}

function assertWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`${name}\` to be a whole number from ${min} to ${max}, got ${String(value)}.`,
  );
}
