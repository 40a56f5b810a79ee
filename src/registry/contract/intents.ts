import type { JsonObject } from "../../config/index.ts";
import type { NewEvent } from "./events.ts";
import type { Lease } from "./leases.ts";
import type {
  AgentKey,
  AgentRecord,
  IntentRecord,
  Page,
  PageRequest,
  ProcessIdentity,
  RevisionRecord,
} from "./records.ts";

/** What the agent's record needs when the intent is its first. */
export interface NewAgent {
  readonly serviceName: string;
  readonly serviceKey: string | undefined;
  readonly ephemeralOwner?: ProcessIdentity | undefined;
  readonly settings?: JsonObject | undefined;
}

/** A revision as it is committed: always `active`. */
export type NewRevision = Omit<RevisionRecord, "state" | "markedAt" | "createdAt" | "settings">;

/** Intents. Every write shows the agent's lease and rejects with `lease_lost`, changing nothing, unless it is valid now. */
export interface IntentStore {
  /**
   * Writes the intent and, if there is none, the agent's record, at once. An agent that is there stays as it is. An intent of this id that is there
   * is returned as it was written, and no event: a create whose outcome is unknown may be repeated.
   * Rejects with `name_collision` (same scope) or `scope_conflict` (another) if the service name belongs to another agent; the message names both, and
   * `details` has `wanted` and `owner`, each `{ scope, agentName }`.
   */
  create(params: {
    readonly lease: Lease;
    readonly intent: Omit<IntentRecord, "fence" | "holder" | "createdAt">;
    readonly agent: NewAgent;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<IntentRecord>;
  /**
   * Ends the intent with a live revision, at once: the revision is stored (or brought back from `deleted`), the agent points to it if `makeCurrent`.
   * A living revision keeps its `createdAt` and loses its mark; one that is brought back is created now; both keep their settings.
   * Works also when no intent of this id exists (the revision was found, not made).
   */
  commit(params: {
    readonly lease: Lease;
    readonly intentId: string | undefined;
    readonly revision: NewRevision;
    readonly makeCurrent: boolean;
    readonly agent: NewAgent;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<{ readonly agent: AgentRecord; readonly revision: RevisionRecord }>;
  /** Ends the intent without a revision. Removes the agent's record too if it has no revision and no other intent. Unknown id: nothing happens, no events. */
  drop(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly intentId: string;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<void>;
  /** Oldest first; of one agent, of one scope, or of the whole location. */
  list(
    params: {
      readonly location: string;
      readonly scope?: string | undefined;
      readonly name?: string | undefined;
    } & PageRequest,
  ): Promise<Page<IntentRecord>>;
}
