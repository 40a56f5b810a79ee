import type { Fingerprint, JsonObject, RemoteRef } from "../../config/index.ts";

/** Which agent: where it lives, who owns it, what its owner calls it. Stable for the agent's whole life. */
export interface AgentKey {
  /** `AgentService.location`. */
  readonly location: string;
  readonly scope: string;
  readonly name: string;
}

/** A process that uses the registry. `id` is new at each start; the rest lets others see whether it still lives. */
export interface ProcessIdentity {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
}

/** One agent. Times are epoch milliseconds. */
export interface AgentRecord {
  readonly key: AgentKey;
  /** The service's name for it. */
  readonly serviceName: string;
  /** Two agents of one location may not share it. Absent where the service's names need not be unique. */
  readonly serviceKey: string | undefined;
  readonly createdAt: number;
  /** The revision that new callers without a configuration of their own get. Absent until the first commit. */
  readonly current: Fingerprint | undefined;
  /** Set for an agent of one process (`reuseAgent: false`): cleanup may remove it once that process is gone. */
  readonly ephemeralOwner: ProcessIdentity | undefined;
  /** Settings of the lifecycle (owner, purpose, protection, policies): JSON of the parts that own them. */
  readonly settings: JsonObject;
}

/**
 * The life of a revision in the registry.
 * `active`: in use or ready. `retiring`: marked for deletion, still usable; a use takes the mark away. `deleted`: gone from the service.
 */
export type RevisionState = "active" | "retiring" | "deleted";

/** Which state may follow which. Everything else is refused by every registry. */
export const REVISION_TRANSITIONS: Readonly<Record<RevisionState, readonly RevisionState[]>> = {
  active: ["retiring", "deleted"],
  retiring: ["active", "deleted"],
  deleted: ["active"],
};

/** One configuration of an agent as it exists in the service. */
export interface RevisionRecord {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  readonly state: RevisionState;
  readonly remote: RemoteRef;
  /** The normalised definition that was asked for. */
  readonly definition: JsonObject;
  /** The definition that the service says it stored, read back after the write; drift is measured against this. */
  readonly stored: JsonObject;
  readonly storedFingerprint: Fingerprint;
  /** Whether the service's copy carries our stamp. Without it nothing is deleted but on explicit order (P4). */
  readonly stamped: boolean;
  readonly model: string;
  readonly webSearchEnabled: boolean;
  readonly createdAt: number;
  /** When it was marked; absent unless `retiring`. */
  readonly markedAt: number | undefined;
  /** Settings of the lifecycle (pin, protection): JSON of the parts that own them. */
  readonly settings: JsonObject;
}

/** A change of the service that is about to be made. It is written before the first byte is sent, and removed when the outcome is known. */
export interface IntentRecord {
  readonly id: string;
  readonly key: AgentKey;
  readonly kind: "create" | "delete-revision" | "delete-agent";
  readonly serviceName: string;
  /** Of the revision that is to come or to go; absent for `delete-agent`. */
  readonly fingerprint: Fingerprint | undefined;
  /** What recovery needs to finish it: for `create` the definition, model and flags. */
  readonly payload: JsonObject;
  readonly fence: number;
  readonly holder: ProcessIdentity;
  readonly createdAt: number;
}

/** One part of a listing. `cursor` continues it and is absent on the last part. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string | undefined;
}

/**
 * Which part of a listing. `limit` from 1 to 1000, default 100. Another limit, and a cursor that is not of this listing, is refused with
 * `invalid_option`. What is added or removed between two pages may be missed or seen; what stays is seen once.
 */
export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}
