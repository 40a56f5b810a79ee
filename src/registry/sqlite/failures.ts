import { TenureError, type TenureErrorCode } from "../../errors/index.ts";

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const CODES: ReadonlyMap<number, TenureErrorCode> = new Map([
  [READONLY, "registry_read_only"],
  [IOERR, "registry_unavailable"],
  [CORRUPT, "registry_not_a_database"],
  [FULL, "registry_full"],
  [CANTOPEN, "registry_unavailable"],
  [NOTADB, "registry_not_a_database"],
]);

const FILE_CODES: Readonly<Record<string, TenureErrorCode>> = {
  EISDIR: "registry_not_a_file",
  ENOTDIR: "registry_not_a_file",
  EEXIST: "registry_not_a_file",
  EACCES: "registry_read_only",
  EPERM: "registry_read_only",
  EROFS: "registry_read_only",
  ENOSPC: "registry_full",
  EDQUOT: "registry_full",
};

/** Whether another process holds the file for a moment: the statement did not happen and may be tried again. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return code === BUSY || code === LOCKED;
}

/** What SQLite or the file system threw, as a `TenureError` that names the file. */
export function sqliteFailure(thrown: unknown, path: string): TenureError {
  if (thrown instanceof TenureError) return thrown;
  const code = failureCode(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const options = { cause: thrown, retryable: code === "registry_unavailable" || code === "registry_full" };
  return new TenureError(code, `The registry ${path} ${SENTENCES[code] ?? "failed"}: ${text}.`, options);
}

const SENTENCES: Partial<Record<TenureErrorCode, string>> = {
  registry_not_a_file: "is not a file",
  registry_read_only: "cannot be written",
  registry_not_a_database: "is not a database of Tenure, or is damaged",
  registry_full: "is full",
  registry_unavailable: "cannot be read or written",
};

function failureCode(thrown: unknown): TenureErrorCode {
  const code = resultCode(thrown);
  if (code !== undefined) return CODES.get(code) ?? "internal";
  return (
    FILE_CODES[systemCode(thrown) ?? ""] ?? (systemCode(thrown) === undefined ? "internal" : "registry_unavailable")
  );
}

/** Extended codes carry the primary one in their lowest byte. */
function resultCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !("errcode" in thrown) || typeof thrown.errcode !== "number") return undefined;
  return thrown.errcode & 0xff;
}

function systemCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && "syscall" in thrown && "code" in thrown && typeof thrown.code === "string"
    ? thrown.code
    : undefined;
}
