import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** Counters of one revision. All are sums and only grow. */
export interface UsageCounters {
  /** Resolutions: every `getOrCreateAgent` that gave this revision. */
  readonly uses: number;
  /** Those of `uses` that made or changed something in the service. */
  readonly creations: number;
  /** Those of `uses` that did not. */
  readonly reuses: number;
  readonly runs: number;
  readonly failedRuns: number;
  /** Those of `runs` that used tokens and have no price: what they cost is missing in `costPico`. */
  readonly unpricedRuns: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** In units of 10^-12 USD: exact sums. */
  readonly costPico: bigint;
}

/** What happened since the last flush. */
export interface UsageDelta extends UsageCounters {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  /** The latest use or run in this delta, epoch milliseconds. */
  readonly lastUsedAt: number;
}

export interface UsageRecord extends UsageCounters {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  /** Never goes back. */
  readonly lastUsedAt: number;
}

/** A session that was named in a resolution or run. */
export interface SessionTouch {
  readonly key: AgentKey;
  readonly sessionId: string;
  readonly fingerprint: Fingerprint;
  readonly lastUsedAt: number;
}

/** Use, counted in batches. */
export interface UsageStore {
  /**
   * Adds a batch at once: deltas, session touches (an unknown session gets a record, with `revisionCount` 1), and takes the mark from retiring revisions that were used.
   * A batch is applied once: the same `processId` with a `sequence` not above the last applied one changes nothing. Sequences grow by 1 from 1.
   * Deltas of agents or revisions that are gone, and touches of sessions of agents that are gone, are dropped; the rest of the batch counts.
   */
  add(params: {
    readonly processId: string;
    readonly sequence: number;
    readonly deltas: readonly UsageDelta[];
    readonly sessions: readonly SessionTouch[];
  }): Promise<void>;
  /** By agent name, then fingerprint. */
  list(
    params: { readonly location: string; readonly scope: string; readonly name?: string | undefined } & PageRequest,
  ): Promise<Page<UsageRecord>>;
}
