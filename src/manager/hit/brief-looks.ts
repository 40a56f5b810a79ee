import { TenureError } from "../../errors/index.ts";
import type { Runtime, Timer } from "../../runtime/index.ts";
import { waitAtMost } from "../deadline.ts";

/** Longest that a caller who knows the answer waits for the registry to confirm it. */
const LOOK_MS = 1_000;
/** From a look that failed to the next one. */
const PAUSE_MS = 2_000;

/** Whether the registry did not answer; other failures are its answer. */
export function isRegistryDown(error: TenureError): boolean {
  return error.code === "registry_unavailable" || error.code === "registry_busy";
}

/**
 * Looks into the registry for callers who are given what this process knows if it does not answer.
 *
 * A registry that is silent, because packets get lost or a server hangs, fails by the time-outs of its own statements: half a minute. Such a caller waits
 * `LOOK_MS`. Once a look has failed nobody waits any more: one look at a time is tried again beside the callers, until one is answered.
 */
export class BriefLooks {
  readonly #runtime: Runtime;
  readonly #onAnswer: () => void;
  #failure: TenureError | undefined;
  #timer: Timer | undefined;
  #isEnded = false;

  /** `onAnswer`: the registry answers again. */
  constructor(runtime: Runtime, onAnswer: () => void) {
    this.#runtime = runtime;
    this.#onAnswer = onAnswer;
  }

  /** What was read, within `timeoutMs` if that is shorter. Rejects as the registry does, and with `registry_unavailable` when it takes too long. */
  async look<Value>(read: () => Promise<Value>, timeoutMs: number = LOOK_MS): Promise<Value> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await this.#read(read, Math.min(timeoutMs, LOOK_MS));
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (isRegistryDown(error)) this.#begin(error, read);
      throw error;
    }
  }

  /** Tries nothing any more. */
  end(): void {
    this.#isEnded = true;
    this.#timer?.cancel();
  }

  #begin(failure: TenureError, read: () => Promise<unknown>): void {
    if (this.#failure !== undefined || this.#isEnded) return;
    this.#failure = failure;
    this.#tryLater(read);
  }

  #tryLater(read: () => Promise<unknown>): void {
    if (!this.#isEnded) this.#timer = this.#runtime.setTimer(PAUSE_MS, () => void this.#try(read));
  }

  async #try(read: () => Promise<unknown>): Promise<void> {
    try {
      await this.#read(read, LOOK_MS);
    } catch (thrown) {
      if (isRegistryDown(TenureError.from(thrown))) return this.#tryLater(read);
    }
    this.#failure = undefined;
    if (!this.#isEnded) this.#onAnswer();
  }

  /** A read cannot be cut off: one that is given up comes to its end alone. */
  async #read<Value>(read: () => Promise<Value>, timeoutMs: number): Promise<Value> {
    try {
      return await waitAtMost(read(), { signal: undefined, timeoutMs, runtime: this.#runtime });
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (error.code !== "timeout") throw error;
      throw new TenureError("registry_unavailable", `The registry did not answer within ${timeoutMs} ms.`, {
        retryable: true,
        cause: error,
      });
    }
  }
}
