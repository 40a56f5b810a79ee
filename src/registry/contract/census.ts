import type { RevisionState } from "./records.ts";

/** How much of everything a scope has. */
export interface Census {
  readonly agents: number;
  /** Those of `agents` that belong to one process (`reuseAgent: false`). */
  readonly ephemeralAgents: number;
  readonly revisions: Readonly<Record<RevisionState, number>>;
  /** Intents that were written and not ended: changes under way, or left behind. */
  readonly intents: number;
  /** Epoch milliseconds; absent without agents. */
  readonly oldestAgentAt: number | undefined;
}

/** Counts for monitoring. They cost one pass over a scope: ask once a minute, not once a request. */
export interface CensusStore {
  take(params: { readonly location: string; readonly scope: string }): Promise<Census>;
}
