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
/** A named statement that the session does not know, or has from somebody else, or whose table has changed: the statement did not begin. */
const STALE_NAMES: ReadonlySet<string> = new Set(["26000", "42P05", "0A000"]);
/** Shut down, crashed, not up yet, too many connections; and the class of connection failures. */
const LOST = /^(08...|57P0[1235]|53300)$/;

const CODES: readonly (readonly [pattern: RegExp, code: TenureErrorCode])[] = [
  [/^(40001|40P01|55P03|57014)$/, "registry_busy"],
  [/^53[12]00$/, "registry_full"],
  [/^(25006|42501)$/, "registry_read_only"],
  [/^(22021|22P05)$/, "invalid_data"],
  [/^(08...|57P0[1235]|53300|28...|3D000)$/, "registry_unavailable"],
];

/** TLS as the two sides want it does not come about: nothing was sent, and trying again changes nothing. */
const TLS_FAILURES: readonly (readonly [pattern: RegExp, hint: string])[] = [
  // OpenSSL's verification errors as Node names them, and the mismatch of host and certificate.
  [
    /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    "Pass the certificate of the authority that signed the server's, as PEM text in `ssl: { ca }` or as a file in the URL's sslrootcert; connect by a host name that the server's certificate names.",
  ],
  [/does not support SSL/, "Switch TLS on at the server, or off here: `ssl: false`, or sslmode=disable in the URL."],
];
const NO_ENCRYPTION = /no encryption|SSL off/;

export function judge(thrown: unknown): Verdict {
  const state = sqlState(thrown);
  if (state === undefined) return tlsHint(thrown) === undefined ? "lost" : "refused";
  if (CONFLICTS.has(state)) return "conflict";
  return LOST.test(state) ? "lost" : "refused";
}

/** Whether a statement did not begin because of its name, if it had one: names are of no use on this connection. */
export function isStaleName(thrown: unknown): boolean {
  return STALE_NAMES.has(sqlState(thrown) ?? "");
}

/** What `pg` threw, as a `TenureError`. Without an answer of the server it is always the connection. */
export function postgresFailure(thrown: unknown): TenureError {
  if (thrown instanceof TenureError) return thrown;
  const state = sqlState(thrown);
  const code =
    state === undefined ? "registry_unavailable" : (CODES.find(([pattern]) => pattern.test(state))?.[1] ?? "internal");
  const retryable = code === "registry_busy" || (code === "registry_unavailable" && judge(thrown) === "lost");
  const hint = tlsHint(thrown);
  return new TenureError(code, `PostgreSQL failed: ${describe(thrown)}.`, {
    cause: thrown,
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
}

function tlsHint(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if (sqlState(thrown) === "28000" && NO_ENCRYPTION.test(thrown.message))
    return "The server wants TLS: pass `ssl`, or sslmode in the URL.";
  if (sqlState(thrown) !== undefined) return undefined;
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : thrown.message;
  return TLS_FAILURES.find(([pattern]) => pattern.test(code))?.[1];
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
