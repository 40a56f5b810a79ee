import { TenureError } from "../../../errors/index.ts";
import type { Runtime } from "../../../runtime/index.ts";

/** When and how often an attempt is repeated. */
export interface RepeatPolicy {
  readonly runtime: Runtime;
  readonly retries: number;
  /** A longer wait than this, asked for by the service, ends the attempts. */
  readonly maxRetryAfterMs: number;
  readonly signal: AbortSignal | undefined;
  /** Whether this failure passes by itself and nothing was begun. */
  isPassing(error: TenureError): boolean;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;

/** Waits as the service says, else 250 ms and then twice as long each time, half of it by chance so that many callers do not come back at once. */
export async function repeatWhilePassing<Value>(attempt: () => Promise<Value>, policy: RepeatPolicy): Promise<Value> {
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isLast = repeats >= policy.retries;
      if (isLast || !(error instanceof TenureError) || !policy.isPassing(error)) throw error;
      if (error.retryAfterMs !== undefined && error.retryAfterMs > policy.maxRetryAfterMs) throw error;
      const waitMs = error.retryAfterMs ?? backOffMs(repeats, policy.runtime);
      await policy.runtime.sleep(waitMs, { signal: policy.signal });
    }
  }
}

function backOffMs(repeats: number, runtime: Runtime): number {
  const fullMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** repeats);
  return Math.round(fullMs * (0.5 + runtime.random() / 2));
}
