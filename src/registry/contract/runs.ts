import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** One run: who asked what for, what it used and what it cost. */
export interface RunEntry {
  readonly key: AgentKey;
  /** `requestId` of the run's response: unique in its scope. */
  readonly requestId: string;
  readonly fingerprint: Fingerprint;
  readonly sessionId: string;
  /** Empty if the run named no user. */
  readonly userId: string;
  /** Name of the deployment. */
  readonly model: string;
  readonly outcome: "succeeded" | "failed";
  /** Epoch milliseconds, by the clock of the process that ran it. */
  readonly startedAt: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  /** In units of 10^-12 USD; `null` if the price is not known. */
  readonly costPico: bigint | null;
}

/** Which runs. Members that are absent do not restrict. */
export interface RunFilter {
  readonly location: string;
  readonly scope: string;
  readonly requestId?: string | undefined;
  readonly name?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly userId?: string | undefined;
  /** First moment, included. */
  readonly from?: number | undefined;
  /** Last moment, not included. */
  readonly to?: number | undefined;
}

/** Single runs, for as long as somebody keeps them. They outlive the agents; sums of all times are in the meters. */
export interface RunStore {
  /** A run that is known already is left as it is, so an add may be repeated after an unknown outcome. */
  add(params: { readonly runs: readonly RunEntry[] }): Promise<void>;
  /** The newest first. */
  list(params: RunFilter & PageRequest): Promise<Page<RunEntry>>;
  /** Forgets runs that began before a moment. Returns how many. */
  delete(params: { readonly location: string; readonly scope: string; readonly before: number }): Promise<number>;
}
