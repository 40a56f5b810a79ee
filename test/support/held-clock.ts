import type { Clock } from "../../src/emulator/clock.ts";

/** A clock whose sleeps end when the test says so. Its time moves by what was slept. */
export class HeldClock implements Clock {
  readonly #sleepers: { readonly ms: number; readonly wake: () => void }[] = [];
  #waiting: (() => void)[] = [];
  #nowMs = 1_800_000_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      this.#sleepers.push({ ms, wake: resolve });
      for (const notice of this.#waiting.splice(0)) notice();
    });
  }

  /** Waits until something sleeps, and wakes the one that has slept longest. Gives the milliseconds that it wanted. */
  async wakeNext(): Promise<number> {
    const ms = await this.nextSleep();
    this.#sleepers.shift()?.wake();
    this.#nowMs += ms;
    return ms;
  }

  /** Waits until something sleeps, and leaves it asleep. */
  async nextSleep(): Promise<number> {
    const [first] = this.#sleepers;
    if (first !== undefined) return first.ms;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return await this.nextSleep();
  }
}
