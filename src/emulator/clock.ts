import { setTimeout as delay } from "node:timers/promises";

/** Where the emulator's time comes from. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Resolves after `ms`, at once for 0. Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. A pending sleep does not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    if (ms <= 0) return;
    await delay(ms, undefined, signal === undefined ? { ref: false } : { ref: false, signal });
  },
};

/** Seconds since the epoch: the service's only unit of time on the wire. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}
