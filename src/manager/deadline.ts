import { abortedError, TenureError, throwIfAborted } from "../errors/index.ts";
import type { Runtime } from "../runtime/index.ts";

/** The error for a time that is over. What went wrong until then is why: its status and request id are the service's word on it. */
function timeoutError(message: string, failure: TenureError | undefined): TenureError {
  if (failure === undefined) return new TenureError("timeout", message, { retryable: true });
  const { status, requestId } = failure;
  return new TenureError("timeout", `${message} The last failure: ${failure.message}`, {
    retryable: true,
    cause: failure,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** The time that one resolution has, and the signal that fires when it is over or the manager closes. */
export class Deadline implements Disposable {
  readonly #runtime: Runtime;
  readonly #endsAt: number;
  readonly #controller = new AbortController();
  readonly #timer: Disposable;
  readonly #unfollow: () => void;
  #failure: TenureError | undefined;

  /** Fires with `signal` too, if one is given. */
  constructor(runtime: Runtime, timeoutMs: number, signal?: AbortSignal) {
    this.#runtime = runtime;
    this.#endsAt = runtime.monotonic() + timeoutMs;
    const timer = runtime.setTimer(timeoutMs, () => {
      this.abort(timeoutError(`The agent could not be resolved within ${timeoutMs} ms.`, this.#failure));
    });
    this.#timer = { [Symbol.dispose]: () => timer.cancel() };
    const onAbort = (): void => {
      if (signal !== undefined) this.abort(abortedError(signal));
    };
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#unfollow = () => signal?.removeEventListener("abort", onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - this.#runtime.monotonic());
  }

  /** What went wrong last, if anything has. */
  get failure(): TenureError | undefined {
    return this.#failure;
  }

  /** Keeps what went wrong and is tried again: if the time is over before it goes well, it is the cause. */
  noteFailure(failure: TenureError): void {
    this.#failure = failure;
  }

  abort(reason: TenureError): void {
    this.#controller.abort(reason);
  }

  /** Rejects with the reason if the time is over. */
  check(): void {
    throwIfAborted(this.signal);
  }

  /** Waits, at most until the time is over; then rejects with the reason. */
  async sleep(ms: number): Promise<void> {
    await this.#runtime.sleep(ms, { signal: this.signal });
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#unfollow();
  }
}

/** The promise's outcome, unless the signal fires or the time is over first: then that caller alone stops waiting. */
export function waitAtMost<Value>(
  promise: Promise<Value>,
  limits: {
    readonly signal: AbortSignal | undefined;
    readonly timeoutMs: number | undefined;
    readonly runtime: Runtime;
    /** What went wrong last on the way to the outcome, if anything has. */
    readonly failure?: (() => TenureError | undefined) | undefined;
  },
): Promise<Value> {
  const { signal, timeoutMs, runtime, failure } = limits;
  if (signal === undefined && timeoutMs === undefined) return promise;
  return new Promise((resolve, reject) => {
    // First of all, so that its failure is somebody's whatever ends the wait.
    promise.then(resolve, reject);
    throwIfAborted(signal);
    const onAbort = (): void => {
      if (signal !== undefined) reject(abortedError(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const timer =
      timeoutMs === undefined
        ? undefined
        : runtime.setTimer(timeoutMs, () => {
            reject(timeoutError(`The agent was not there within ${timeoutMs} ms.`, failure?.()));
          });
    const tidyUp = (): void => {
      signal?.removeEventListener("abort", onAbort);
      timer?.cancel();
    };
    promise.then(tidyUp, tidyUp);
  });
}
