import { abortedError, throwIfAborted } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";

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
  #resolve: (() => void) | undefined;

  constructor(runtime: Runtime, add: (wake: () => void) => () => void) {
    this.#runtime = runtime;
    this.#remove = add(() => this.#wake());
  }

  /**
   * Resolves at the next wake-up, at once if one was missed, at the latest after `ms`; gives whether it was a wake-up. Rejects with `aborted` or `timeout`
   * when the signal fires.
   */
  async next(ms: number, signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    if (!this.#isWoken) await this.#wait(ms, signal);
    const wasWoken = this.#isWoken;
    this.#isWoken = false;
    return wasWoken;
  }

  async #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = new AbortController();
    const woken = new Promise<void>((resolve) => (this.#resolve = resolve));
    const slept = this.#runtime.sleep(ms, {
      signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
    });
    try {
      await Promise.race([woken, slept]);
    } finally {
      this.#resolve = undefined;
      stop.abort();
      // The sleep may lose the race and be cut short: that rejection is this function's own doing.
      slept.catch(() => undefined);
    }
    if (signal?.aborted === true && !this.#isWoken) throw abortedError(signal);
  }

  #wake(): void {
    this.#isWoken = true;
    this.#resolve?.();
  }

  [Symbol.dispose](): void {
    this.#remove();
  }
}
