import type { Fingerprint } from "../../config/index.ts";

/** Tenure's mark in the service's own metadata. It suffices to find an agent again when the registry is lost (P9). */
export interface Stamp {
  readonly scope: string;
  /** The caller's name of the agent. */
  readonly agentName: string;
  readonly fingerprint: Fingerprint;
  /** Id of the intent that made the revision: tells apart two copies of one configuration. */
  readonly intentId: string;
  /** Id of the only process that uses the agent (`reuseAgent: false`). */
  readonly ephemeralOwner?: string | undefined;
}
