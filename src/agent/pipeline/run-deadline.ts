import type { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";

/**
 * The time that a run (or a tool) has. `signal` fires when it is over, when one of the parents fires, or on `abort`, whichever is first.
 * While it is open it keeps the process alive: whoever waits for it gets an answer.
 */
export class RunDeadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #finished = new AbortController();
  readonly #runtime: Runtime;
  readonly #endsAt: number;

  constructor(
    runtime: Runtime,
    timeoutMs: number,
    limits: { readonly reason: () => TenureError; readonly parents: readonly AbortSignal[] },
  ) {
    this.#runtime = runtime;
    this.#endsAt = runtime.monotonic() + timeoutMs;
    this.signal = AbortSignal.any([this.#own.signal, ...limits.parents]);
    void this.#expire(timeoutMs, limits.reason);
  }

  /** Milliseconds that are left, at least 1: a wait of nothing is no wait. */
  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.#endsAt - this.#runtime.monotonic()));
  }

  abort(reason: TenureError): void {
    this.#own.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#finished.abort();
  }

  async #expire(timeoutMs: number, reason: () => TenureError): Promise<void> {
    try {
      await this.#runtime.sleep(timeoutMs, { signal: this.#finished.signal });
      this.abort(reason());
    } catch {
      // It was disposed in time: there is nothing left to end.
    }
  }
}
