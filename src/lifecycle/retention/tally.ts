import { TenureError } from "../../errors/index.ts";
import type { RetentionAction } from "./action.ts";

/** A failure on one agent; the others were gone on with. */
export interface CleanupFailure {
  readonly agentName: string;
  readonly error: TenureError;
}

/** Failures in a row, and altogether, that stop a run: something is wrong that more tries would make worse. */
const MOST_IN_A_ROW = 5;
const MOST_FAILURES = 20;
/** Actions kept for the report. */
const KEPT_ACTIONS = 1_000;

/** What one run has done so far, and what it may still do. */
export class Tally {
  readonly counts: Record<RetentionAction["kind"], number> = {
    mark: 0,
    unmark: 0,
    wait: 0,
    delete: 0,
    forget: 0,
    record: 0,
    "end-intents": 0,
    expire: 0,
  };
  readonly actions: RetentionAction[] = [];
  readonly failed: CleanupFailure[] = [];
  /** Agents that somebody was changing. */
  busy = 0;
  /** Deletions that were due and are left for the next run. */
  deferred = 0;
  #left: number;
  #inARow = 0;

  constructor(mostDeletions: number) {
    this.#left = mostDeletions;
  }

  /** Whether one more deletion is allowed; it is counted as deferred if not. */
  allowsDeletion(): boolean {
    if (this.#left > 0) return true;
    this.deferred += 1;
    return false;
  }

  done(action: RetentionAction): void {
    this.counts[action.kind] += 1;
    if (action.kind === "delete" || action.kind === "expire") this.#left -= 1;
    if (this.actions.length < KEPT_ACTIONS) this.actions.push(action);
  }

  wentWell(): void {
    this.#inARow = 0;
  }

  failure(agentName: string, thrown: unknown): void {
    this.#inARow += 1;
    this.failed.push({ agentName, error: TenureError.from(thrown) });
  }

  /** Why the run has to stop, if it has. */
  get stopReason(): string | undefined {
    if (this.#inARow >= MOST_IN_A_ROW) return `${this.#inARow} agents in a row failed, the last with: ${this.#last}`;
    if (this.failed.length >= MOST_FAILURES) return `${this.failed.length} agents failed, the last with: ${this.#last}`;
    return undefined;
  }

  get #last(): string {
    return this.failed.at(-1)?.error.message ?? "";
  }
}
