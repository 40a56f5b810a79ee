/** A timer that was set; cancelling it twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time and chance. The core takes both from here and from nowhere else, so that a simulation can give them.
 * All times are milliseconds; `now()` counts from the Unix epoch and may jump, `monotonic()` never goes back.
 */
export interface Runtime {
  now(): number;
  monotonic(): number;
  /** Resolves after `ms`. Rejects with `aborted` or `timeout` when the signal fires first. Keeps the process alive. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Calls back once after `ms`. Does not keep the process alive. */
  setTimer(ms: number, callback: () => void): Timer;
  /** A number from 0 (included) to 1 (excluded). Not for secrets. */
  random(): number;
  /** A new id, unique everywhere: time-ordered UUID (version 7), lower case. */
  newId(): string;
}
