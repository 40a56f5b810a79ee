import { TenureError, throwIfAborted } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";

/** Made once: waits are cut short all the time, and an error with its stack costs more than all the rest of a wait. */
const CUT_SHORT = new TenureError("aborted", "The wait was cut short.");

/** Who waits for what, in one process. A wake-up is a hint: whoever is woken looks again. */
export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Wakes those who wait for this topic. */
  wake(topic: string): void {
    for (const resolve of this.#waiting.get(topic) ?? []) resolve();
  }

  /** Wakes everybody. */
  wakeAll(): void {
    for (const topic of this.#waiting.keys()) this.wake(topic);
  }

  /**
   * Listens from now on, so that nothing between a look at the resource and the wait is missed. The caller disposes it.
   */
  listen(topic: string, runtime: Runtime): Listening {
    return new Listening(runtime, (wake) => this.#add(topic, wake));
  }

  #add(topic: string, wake: () => void): () => void {
    const set = this.#waiting.get(topic) ?? new Set();
    set.add(wake);
    this.#waiting.set(topic, set);
    return () => {
      set.delete(wake);
      if (set.size === 0 && this.#waiting.get(topic) === set) this.#waiting.delete(topic);
    };
  }
}

/** One listener. Wake-ups that come between two waits are kept. */
export class Listening implements Disposable {
  readonly #runtime: Runtime;
  readonly #remove: () => void;
  #isWoken = false;
  #cutShort: (() => void) | undefined;

  constructor(runtime: Runtime, add: (wake: () => void) => () => void) {
    this.#runtime = runtime;
    this.#remove = add(() => this.#wake());
  }

  /**
   * Resolves at the next wake-up, at once if one was missed, at the latest after `ms`; gives whether it was a wake-up. Rejects with `aborted` or `timeout`
   * when one of the signals fires.
   */
  async next(ms: number, signals: readonly AbortSignal[]): Promise<boolean> {
    for (const signal of signals) throwIfAborted(signal);
    if (!this.#isWoken) await this.#wait(ms, signals);
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    return wasWoken;
  }

  /** Waits for `ms` in any case; whoever wakes meanwhile ends the next wait. Rejects as `next` does. */
  async rest(ms: number, signals: readonly AbortSignal[]): Promise<void> {
    await this.#sleep(ms, signals, new AbortController());
    for (const signal of signals) throwIfAborted(signal);
  }

  async #wait(ms: number, signals: readonly AbortSignal[]): Promise<void> {
    const stop = new AbortController();
    this.#cutShort = (): void => stop.abort(CUT_SHORT);
    try {
      await this.#sleep(ms, signals, stop);
    } finally {
      this.#cutShort = undefined;
    }
    if (!this.#isWoken) for (const signal of signals) throwIfAborted(signal);
  }

  /** Until the time is over, a signal fires or the controller does. */
  async #sleep(ms: number, signals: readonly AbortSignal[], stop: AbortController): Promise<void> {
    const cutShort = (): void => stop.abort(CUT_SHORT);
    for (const signal of signals) signal.addEventListener("abort", cutShort, { once: true });
    try {
      await this.#runtime.sleep(ms, { signal: stop.signal });
    } catch (thrown) {
      // A sleep that was cut short is this class's own doing.
      if (!stop.signal.aborted) throw thrown;
    } finally {
      for (const signal of signals) signal.removeEventListener("abort", cutShort);
    }
  }

  #wake(): void {
    this.#isWoken = true;
    this.#cutShort?.();
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}
