import type { Fingerprint, JsonObject } from "../../config/index.ts";
import type { NewEvent } from "./events.ts";
import type { Lease } from "./leases.ts";
import type { AgentKey, AgentRecord, Page, PageRequest, RevisionRecord, RevisionState } from "./records.ts";

/** A member that is `null` is removed; one that is absent stays. */
export type SettingsPatch = JsonObject;

/** What is known of a configuration of an agent. */
export interface LookUp {
  readonly revision: RevisionRecord | undefined;
  /** Whoever changes the agent now. */
  readonly held: Lease | undefined;
}

/**
 * Agents and their revisions. Reads see every committed write. Every write shows the lease of the agent (`agentResource(key)`) and rejects with
 * `lease_lost`, changing nothing, unless that lease is valid now (P6).
 */
export interface AgentStore {
  get(params: { readonly key: AgentKey }): Promise<AgentRecord | undefined>;
  /** The agent that holds a service name, in whatever scope. Ignores agents without `serviceKey`. */
  getByServiceKey(params: { readonly location: string; readonly serviceKey: string }): Promise<AgentRecord | undefined>;
  /** By name, ascending. Without `scope`: every scope of the location. */
  list(
    params: { readonly location: string; readonly scope?: string | undefined } & PageRequest,
  ): Promise<Page<AgentRecord>>;
  /** One read by key; revisions in state `deleted` are returned too. */
  getRevision(params: {
    readonly key: AgentKey;
    readonly fingerprint: Fingerprint;
  }): Promise<RevisionRecord | undefined>;
  /**
   * The same, and the lease of the agent if somebody has it now: for a caller who would claim it next. One read. A lease with more left than it was asked for,
   * after the clock was set back, is left out: a claim puts it right.
   */
  lookUp(params: { readonly key: AgentKey; readonly fingerprint: Fingerprint }): Promise<LookUp>;
  /** Newest first. */
  listRevisions(
    params: { readonly key: AgentKey; readonly states?: readonly RevisionState[] | undefined } & PageRequest,
  ): Promise<Page<RevisionRecord>>;

  /** Changes the agent. `current` must name a revision that is not deleted, else `revision_not_found`. Unknown agent: `agent_not_found`. */
  update(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly current?: Fingerprint | undefined;
    readonly settings?: SettingsPatch | undefined;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<AgentRecord>;

  /**
   * Changes a revision. A step of `state` outside `REVISION_TRANSITIONS` is refused with `internal`; the state that it is in already is no step. To `retiring` it sets `markedAt` to the registry's
   * time, from `retiring` to `active` it clears it. To `deleted` it also clears the agent's `current` if it pointed there.
   */
  updateRevision(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly fingerprint: Fingerprint;
    readonly state?: RevisionState | undefined;
    readonly settings?: SettingsPatch | undefined;
    readonly stored?: JsonObject | undefined;
    readonly storedFingerprint?: Fingerprint | undefined;
    readonly remote?: RevisionRecord["remote"] | undefined;
    readonly stamped?: boolean | undefined;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<RevisionRecord>;

  /** Forgets the agent with its revisions, aliases, intents, sessions and usage (not its events). `false` if there was none. */
  delete(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<boolean>;
}
