import { TenureError, type TenureErrorCode } from "../../errors/index.ts";

/**
 * What a failure says about the statement that failed.
 * `conflict`: it certainly did not happen, and would probably work now.
 * `lost`: the connection is gone; whether it happened depends on where it stood.
 * `refused`: it did not happen and would not work now either.
 */
export type Verdict = "conflict" | "lost" | "refused";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const CONFLICTS: ReadonlySet<string> = new Set(["40001", "40P01", "55P03"]);
/** Shut down, crashed, not up yet, too many connections; and the class of connection failures. */
const LOST = /^(08...|57P0[1235]|53300)$/;

const CODES: readonly (readonly [pattern: RegExp, code: TenureErrorCode])[] = [
  [/^(40001|40P01|55P03|57014)$/, "registry_busy"],
  [/^53[12]00$/, "registry_full"],
  [/^(25006|42501)$/, "registry_read_only"],
  [/^(22021|22P05)$/, "invalid_data"],
  [/^(08...|57P0[1235]|53300|28...|3D000)$/, "registry_unavailable"],
];

export function judge(thrown: unknown): Verdict {
  const state = sqlState(thrown);
  if (state === undefined) return "lost";
  if (CONFLICTS.has(state)) return "conflict";
  return LOST.test(state) ? "lost" : "refused";
}

/** What `pg` threw, as a `TenureError`. Without an answer of the server it is always the connection. */
export function postgresFailure(thrown: unknown): TenureError {
  if (thrown instanceof TenureError) return thrown;
  const state = sqlState(thrown);
  const code =
    state === undefined ? "registry_unavailable" : (CODES.find(([pattern]) => pattern.test(state))?.[1] ?? "internal");
  const retryable = code === "registry_busy" || (code === "registry_unavailable" && judge(thrown) === "lost");
  return new TenureError(code, `PostgreSQL failed: ${describe(thrown)}.`, { cause: thrown, retryable });
}

/** The five characters of the server's answer; `undefined` if it gave none. */
function sqlState(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown) || !("severity" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

function describe(thrown: unknown): string {
  // Node tries every address of a host name, and collects the failures without a message of its own.
  if (thrown instanceof AggregateError && thrown.message === "")
    return thrown.errors.map((error) => describe(error)).join("; ");
  return thrown instanceof Error ? thrown.message : String(thrown);
}
