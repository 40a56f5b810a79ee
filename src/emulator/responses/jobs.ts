import type { EmulatorState } from "../state.ts";
import type { Run } from "./run.ts";

/** Background responses that are being made, per state. Not part of the state: after a restart nothing runs. */
const jobs = new WeakMap<EmulatorState, Map<string, AbortController>>();

/** Runs `work` for a background response; `cancelJob` aborts its signal. Never rejects. */
export async function runJob(run: Run, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { context, record } = run;
  const own = jobs.get(context.state) ?? new Map<string, AbortController>();
  jobs.set(context.state, own);
  const controller = new AbortController();
  own.set(record.id, controller);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) {
      const message = `The emulator failed: ${error instanceof Error ? error.message : String(error)}`;
      record.body = { ...record.body, status: "failed", error: { code: "server_error", message } };
    }
  } finally {
    own.delete(record.id);
    context.changed();
  }
}

export function isJobRunning(state: EmulatorState, id: string): boolean {
  return jobs.get(state)?.has(id) === true;
}

/** Stops the making of a background response; does nothing if it has ended. */
export function cancelJob(state: EmulatorState, id: string): void {
  jobs.get(state)?.get(id)?.abort();
}
