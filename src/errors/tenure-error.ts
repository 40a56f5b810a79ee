import { ERROR_CODES, type TenureErrorCode } from "./codes.ts";
import { redact } from "./redact.ts";

/** Facts that a failure may carry beside its code and message. */
export interface TenureErrorOptions {
  /** What to do; by default the hint of the code. */
  readonly hint?: string;
  /** The failure beneath, kept as it was. */
  readonly cause?: unknown;
  /** HTTP status of the service's answer. */
  readonly status?: number;
  /** The service's id of the request, for its support. */
  readonly requestId?: string;
  /** Whether the same call can succeed later without any change. Default `false`. Decided where the error is made. */
  readonly retryable?: boolean;
  /** How long the service asks to wait before the next try. */
  readonly retryAfterMs?: number;
  /** Machine-readable particulars: a field path, a difference, the other name. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of Tenure. `code` is stable and decides HTTP and exit status; `message` says what happened, `hint` what to do.
 *
 * Message and hint pass through a filter for bearer tokens, keys and connection-string passwords (promise P8).
 */
export class TenureError extends Error {
  override readonly name = "TenureError";
  readonly code: TenureErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: TenureErrorCode, message: string, options: TenureErrorOptions = {}) {
    super(redact(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = redact(options.hint ?? ERROR_CODES[code].hint);
    this.retryable = options.retryable ?? false;
    this.status = options.status;
    this.requestId = options.requestId;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
  }

  /** The status with which an HTTP server reports this error. */
  get httpStatus(): number {
    return ERROR_CODES[this.code].httpStatus;
  }

  /** The exit status of a command that ends with this error. */
  get exitCode(): number {
    return ERROR_CODES[this.code].exitCode;
  }

  /** Plain data for logs and `--json`: without stack and cause, which may hold what the caller sent. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      ...(this.status === undefined ? {} : { status: this.status }),
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
    };
  }

  /**
   * Anything that was thrown, as a `TenureError`:
   * 1. a `TenureError` stays what it is;
   * 2. an `AbortError` or the reason of an aborted signal becomes `aborted`, a `TimeoutError` becomes `timeout`;
   * 3. everything else becomes `fallback` (default `internal`) with the thrown value as cause.
   */
  static from(thrown: unknown, fallback: TenureErrorCode = "internal"): TenureError {
    if (thrown instanceof TenureError) return thrown;
    const name = thrown instanceof Error ? thrown.name : "";
    if (name === "AbortError") return new TenureError("aborted", "The call was cancelled.", { cause: thrown });
    if (name === "TimeoutError")
      return new TenureError("timeout", "The call took too long.", { cause: thrown, retryable: true });
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new TenureError(fallback, message === "" ? "The failure has no message." : message, { cause: thrown });
  }
}

/** Throws `aborted` if the signal has fired, keeping its reason as the cause. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw abortedError(signal);
}

/** The error for a signal that has fired: `timeout` for `AbortSignal.timeout`, else `aborted`. */
export function abortedError(signal: AbortSignal): TenureError {
  const reason: unknown = signal.reason;
  if (reason instanceof TenureError) return reason;
  if (reason instanceof Error && reason.name === "TimeoutError") return TenureError.from(reason);
  return new TenureError("aborted", "The call was cancelled by its signal.", { cause: reason });
}
