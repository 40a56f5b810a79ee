import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** What runs used and cost. All are sums and only grow. */
export interface MeterCounters {
  readonly runs: number;
  readonly failedRuns: number;
  /** Those of `runs`, and calls of judges beside them, whose price was not known: their cost is missing in `costPico`. */
  readonly unpricedRuns: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** In units of 10^-12 of the currency: exact sums. */
  readonly costPico: bigint;
}

/** Runs of one agent, revision, session, user, model and UTC day that are to be added. */
export interface MeterDelta extends MeterCounters {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  readonly sessionId: string;
  /** Empty if the runs named no user. */
  readonly userId: string;
  /** Name of the deployment. */
  readonly model: string;
  /** `YYYY-MM-DD`, UTC, of the start of the run. */
  readonly day: string;
}

/** By what meters can be told apart. */
export type MeterDimension = "agent" | "revision" | "session" | "user" | "model" | "day";

/** Sums of all runs that share the values of the dimensions asked for. */
export interface MeterRow extends MeterCounters {
  /** One value for each dimension, in the order asked. */
  readonly group: readonly string[];
}

/** Which runs. Members that are absent do not restrict. */
export interface MeterFilter {
  readonly location: string;
  readonly scope: string;
  readonly name?: string | undefined;
  readonly fingerprint?: Fingerprint | undefined;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  readonly model?: string | undefined;
  /** First day, included. */
  readonly fromDay?: string | undefined;
  /** Last day, included. */
  readonly toDay?: string | undefined;
}

/** What runs used and cost, over all processes. It outlives the agents. */
export interface MeterStore {
  /**
   * Adds a batch at once. A batch is applied once: the same `writerId` with a `sequence` not above the last applied one changes nothing.
   * Sequences of a writer grow by 1 from 1.
   */
  add(params: {
    readonly writerId: string;
    readonly sequence: number;
    readonly deltas: readonly MeterDelta[];
  }): Promise<void>;
  /** Sums by the dimensions of `by` (all in one row if empty; no row without runs), ordered by their values. */
  sum(
    params: { readonly filter: MeterFilter; readonly by: readonly MeterDimension[] } & PageRequest,
  ): Promise<Page<MeterRow>>;
  /** Forgets runs before a day. Returns how many entries. */
  delete(params: { readonly location: string; readonly scope: string; readonly beforeDay: string }): Promise<number>;
}
