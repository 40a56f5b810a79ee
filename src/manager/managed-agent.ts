import type { AgentConfig, Fingerprint, RemoteRef } from "../config/index.ts";

/** How the agent came to the caller: made anew, given a new revision, found in the service without a record, or known already. */
export type ResolveOutcome = "created" | "updated" | "adopted" | "reused";

/** The one agent that fits a configuration. Frozen; it holds no connection and may be kept as long as wanted. */
export interface ManagedAgent {
  readonly agentName: string;
  readonly outcome: ResolveOutcome;
  /** `true` unless the call made or changed something in the service. */
  readonly reused: boolean;
  /** The agent as the service knows it; runs pin this version. */
  readonly remote: RemoteRef;
  readonly fingerprint: Fingerprint;
  readonly model: string;
  readonly webSearchEnabled: boolean;
  readonly sessionId: string | undefined;
}

/** A configuration, and the session for which the agent is wanted. */
export interface AgentRequest extends AgentConfig {
  /** Counted with the agent and shown in its statistics. 1 to 256 characters. */
  readonly sessionId?: string | undefined;
}

/** What to do with an agent of this name that Tenure did not make. */
export type UnmanagedPolicy =
  /** Use it as it is if its definition equals the configuration; else fail with the difference. The default. */
  | "adopt-if-equal"
  /** Use it as it is, whatever its definition. */
  | "adopt"
  /** Write the configuration as a new version of it, with our stamp. */
  | "take-over"
  /** Fail, also if it is equal. */
  | "fail";

/** What to do when the agent exists with another configuration. */
export type ChangePolicy = "update" | "fail";

/** What one resolution may do and how long it may take. What is unknown or wrong is refused with `invalid_option`, also on a hit. */
export interface ResolveOptions {
  /** Ends the wait of this caller. Work that others wait for too goes on. */
  readonly signal?: AbortSignal | undefined;
  /** How long this caller waits altogether, in milliseconds. Default, and at most: the manager's. Work that others wait for too goes on. */
  readonly timeoutMs?: number | undefined;
  readonly unmanaged?: UnmanagedPolicy | undefined;
  readonly onChange?: ChangePolicy | undefined;
}
