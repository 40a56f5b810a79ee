import { tell, TenureError } from "../../errors/index.ts";
import type { Runtime, Timer } from "../../runtime/index.ts";
import type { CleanupRunOptions, CleanupReport } from "./cleanup.ts";

/** How to run cleanup again and again. */
export interface StartCleanupOptions extends Omit<CleanupRunOptions, "signal" | "apply"> {
  /** From the end of one run to the beginning of the next, 1,000 to 86,400,000 ms. The first begins after a random part of it. */
  readonly everyMs: number;
  /** Hears what a run did. */
  readonly onReport?: ((report: CleanupReport) => void) | undefined;
  /** Hears why a run failed; the next one is tried all the same. */
  readonly onError?: ((error: TenureError) => void) | undefined;
}

/** Runs that come by themselves until they are stopped. */
export interface CleanupSchedule extends AsyncDisposable {
  /** Ends the run under way and waits for its end. Twice is fine. */
  stop(): Promise<void>;
}

const LEAST_MS = 1_000;
const MOST_MS = 86_400_000;

/** Starts the timer. Throws `invalid_option`. */
export function startSchedule(
  runtime: Runtime,
  options: StartCleanupOptions,
  run: (signal: AbortSignal) => Promise<CleanupReport>,
): CleanupSchedule {
  const { everyMs, onReport, onError } = options;
  if (!Number.isInteger(everyMs) || everyMs < LEAST_MS || everyMs > MOST_MS)
    throw new TenureError(
      "invalid_option",
      `Expected \`everyMs\` to be a whole number from ${LEAST_MS} to ${MOST_MS}, got ${String(everyMs)}.`,
    );
  const controller = new AbortController();
  let timer: Timer | undefined;
  let running: Promise<void> = Promise.resolve();
  const runOnce = async (): Promise<void> => {
    try {
      tell(onReport, await run(controller.signal));
    } catch (thrown) {
      if (!controller.signal.aborted) tell(onError, TenureError.from(thrown));
    }
    if (!controller.signal.aborted) startTimer(everyMs);
  };
  const startTimer = (ms: number): void => {
    timer = runtime.setTimer(ms, () => (running = runOnce()));
  };
  startTimer(Math.ceil(runtime.random() * everyMs));
  const stop = async (): Promise<void> => {
    controller.abort(new TenureError("closed", "The cleanup was stopped."));
    timer?.cancel();
    await running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
