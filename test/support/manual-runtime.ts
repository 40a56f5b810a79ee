import { abortedError, throwIfAborted } from "../../src/errors/index.ts";
import { type Runtime, systemRuntime, type Timer } from "../../src/runtime/index.ts";

interface Alarm {
  readonly at: number;
  readonly ring: () => void;
}

/** A runtime whose time moves only when the test moves it. Chance and ids are the machine's. */
export class ManualRuntime implements Runtime {
  #now = 1_800_000_000_000;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** Moves on, and wakes in their order those who slept until then. */
  advance(ms: number): void {
    this.#now += ms;
    const due = [...this.#alarms].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at);
    for (const alarm of due) {
      if (this.#alarms.delete(alarm)) alarm.ring();
    }
  }

  /** Moves on without waking anybody yet: what a stopped process finds when it goes on. */
  standStill(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const alarm = { at: this.#now + ms, ring: resolve };
      this.#alarms.add(alarm);
      signal?.addEventListener("abort", () => this.#alarms.delete(alarm) && reject(abortedError(signal)), {
        once: true,
      });
      if (ms <= 0) this.advance(0);
    });
  }

  setTimer(ms: number, callback: () => void): Timer {
    const alarm = { at: this.#now + ms, ring: callback };
    this.#alarms.add(alarm);
    return { cancel: () => void this.#alarms.delete(alarm) };
  }

  random(): number {
    return systemRuntime.random();
  }

  newId(): string {
    return systemRuntime.newId();
  }
}
