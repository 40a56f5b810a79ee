import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** What one evaluator found. Sums are whole millionths, so that they are exact in any order. */
export interface ScoreCounters {
  /** Answers that got a score. */
  readonly count: number;
  /** Answers on which the evaluator failed. */
  readonly failed: number;
  /** Sum of scores, in millionths. */
  readonly sumMicro: bigint;
  /** Sum of squared scores, in millionths: for the spread. */
  readonly squareMicro: bigint;
  /** Smallest score in millionths; 1,000,000 without any. */
  readonly minMicro: number;
  /** Largest score in millionths; 0 without any. */
  readonly maxMicro: number;
}

/** Which scores belong together. */
export interface ScoreKey {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  /** Name of the evaluator; `overall` for the weighted mean. */
  readonly evaluator: string;
  /** `runs`, or the name of the data set. */
  readonly source: string;
}

export interface ScoreDelta extends ScoreKey, ScoreCounters {}

export interface ScoreRecord extends ScoreKey, ScoreCounters {}

/** Scores of answers per revision, so that two revisions can be compared. */
export interface ScoreStore {
  /**
   * Adds a batch at once. A batch is applied once: the same `writerId` with a `sequence` not above the last applied one changes nothing.
   * Sequences of a writer grow by 1 from 1.
   */
  add(params: {
    readonly writerId: string;
    readonly sequence: number;
    readonly deltas: readonly ScoreDelta[];
  }): Promise<void>;
  /** By agent name, fingerprint, source, evaluator. */
  list(
    params: {
      readonly location: string;
      readonly scope: string;
      readonly name?: string | undefined;
      readonly fingerprint?: Fingerprint | undefined;
      readonly source?: string | undefined;
    } & PageRequest,
  ): Promise<Page<ScoreRecord>>;
  /** Forgets the scores of one source, or all of the agent. Returns how many entries. */
  delete(params: { readonly key: AgentKey; readonly source?: string | undefined }): Promise<number>;
}
