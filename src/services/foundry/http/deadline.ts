import { TenureError } from "../../../errors/index.ts";
import type { Runtime, Timer } from "../../../runtime/index.ts";

/** A signal that fires with the caller's, or with `timeout` when the time is over. Dispose it when the request has ended. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #runtime: Runtime;
  readonly #controller = new AbortController();
  #timer: Timer;

  constructor(runtime: Runtime, timeoutMs: number, callerSignal: AbortSignal | undefined) {
    this.#runtime = runtime;
    const own = this.#controller.signal;
    this.signal = callerSignal === undefined ? own : AbortSignal.any([callerSignal, own]);
    this.#timer = this.#start(timeoutMs);
  }

  /** Gives the request new time from now on. */
  restart(timeoutMs: number): void {
    this.#timer.cancel();
    this.#timer = this.#start(timeoutMs);
  }

  /** The caller holds the next step: its time is not the service's. */
  pause(): void {
    this.#timer.cancel();
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  #start(timeoutMs: number): Timer {
    return this.#runtime.setTimer(timeoutMs, () => {
      this.#controller.abort(
        new TenureError("timeout", `Foundry gave no answer within ${timeoutMs} ms.`, { retryable: true }),
      );
    });
  }
}
