import type { JsonObject, RemoteRef } from "../../config/index.ts";
import type { AgentEndpoints } from "./agent-endpoints.ts";
import type { OwnedResources } from "./owned-resources.ts";
import type { RunService } from "./run-service.ts";
import type { Stamp } from "./stamp.ts";
import type { WriteOutcome } from "./write-outcome.ts";

/** A revision as the service holds it. */
export interface RemoteRevision {
  readonly ref: RemoteRef;
  /** Absent if there is none, or one that is not whole. */
  readonly stamp: Stamp | undefined;
  /** The whole definition, every member that the service sent. */
  readonly definition: JsonObject;
  readonly description: string | undefined;
  /** The caller's tags, without the stamp. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** A draft is never the latest and cannot be routed to. */
  readonly draft: boolean;
}

/** An agent as the service holds it. */
export interface RemoteAgent {
  readonly serviceName: string;
  readonly state: "enabled" | "disabled";
  readonly latest: RemoteRevision;
}

export interface ServiceCapabilities {
  /** Whether an agent has immutable versions. Without: each revision is an agent of its own. */
  readonly versions: boolean;
  /** Whether a name belongs to one agent only. Without: agents are told apart by their stamps. */
  readonly uniqueNames: boolean;
  /** Most live versions of one agent. */
  readonly maxVersions: number | undefined;
}

/** Options of every call: what the signal ends is the wait; a request that was sent may still have its effect. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ListRevisionsParams extends CallOptions {
  readonly serviceName: string;
  /** Default `false`. */
  readonly drafts?: boolean | undefined;
}

export interface CreateRevisionParams extends CallOptions {
  readonly serviceName: string;
  readonly definition: JsonObject;
  readonly description: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly stamp: Stamp;
}

/**
 * Where agents live. One adapter per service; `serviceConformance` in `tenure/testing` checks every sentence here.
 *
 * Reads may repeat themselves on passing failures and reject with a `TenureError`: `unauthorized`, `forbidden`, `wrong_endpoint`,
 * `service_throttled`, `service_unavailable`, `service_protocol`, `service_refused`, `service_conflict`, and with `timeout`, `aborted` or `closed`.
 * Writes are sent once and never repeated beneath this interface (P2).
 */
export interface AgentService {
  /** Names the service and the place in it, e.g. `foundry:https://acct.services.ai.azure.com/api/projects/shop`. Part of every agent's key. */
  readonly location: string;
  readonly capabilities: ServiceCapabilities;
  /** The service's name for an agent: pure, always the same. Rejects a name that cannot be mapped with `invalid_name`. */
  toServiceName(agentName: string): string;
  /** What two service names must not share (e.g. the name in lower case); `undefined` where names need not be unique. */
  toServiceKey(serviceName: string): string | undefined;
  /** `undefined` only if the service said that the agent does not exist, or that it has no revision; a wrong endpoint rejects. */
  get(params: { readonly serviceName: string } & CallOptions): Promise<RemoteAgent | undefined>;
  /** One revision, read anew; `undefined` if it is gone or being deleted. Drafts too. */
  getRevision(params: { readonly ref: RemoteRef } & CallOptions): Promise<RemoteRevision | undefined>;
  /** Every released revision of the agent, newest first, over all pages; with `drafts` the drafts too. Nothing if the agent does not exist. */
  listRevisions(params: ListRevisionsParams): AsyncIterable<RemoteRevision>;
  /** Every agent of the location that has a revision, whoever made it, over all pages. */
  listAgents(params?: CallOptions): AsyncIterable<RemoteAgent>;
  /**
   * One write. Never rejects but for misuse (`invalid_option`, `closed`), a signal that fired before anything was sent, or a credential that failed
   * before anything was sent (`unauthorized`, `package_missing`, `timeout`). A signal that fires later makes the outcome `unknown`.
   */
  createRevision(params: CreateRevisionParams): Promise<WriteOutcome<RemoteRevision>>;
  /** Removes one revision. `absent` counts as success: deleting is safe to repeat. The last one may take the agent with it. Rejects as `createRevision`. */
  deleteRevision(params: { readonly ref: RemoteRef } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">>;
  /** Removes the agent with all its revisions, whoever made them. `absent` counts as success. Rejects as `createRevision`. */
  deleteAgent(params: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"deleted" | "absent">>;
  /** Lets a disabled agent run again. Safe to repeat. Absent where agents cannot be disabled. */
  enable?(params: { readonly serviceName: string } & CallOptions): Promise<WriteOutcome<"enabled">>;
  /** Absent where agents have no address of their own. */
  readonly endpoints?: AgentEndpoints | undefined;
  /** Absent where there are none that could be deleted. */
  readonly resources?: OwnedResources | undefined;
  /** Runs and conversations. Loaded at first use. */
  readonly runs: RunService;
  /** Cuts connections; what is under way ends as if they had broken, and later calls reject with `closed`. Twice is fine. */
  close(): Promise<void>;
}
