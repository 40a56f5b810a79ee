import type { JsonObject } from "../../config/index.ts";
import type { Page, PageRequest, ProcessIdentity } from "./records.ts";

/** A decision, as it is handed to the registry. */
export interface NewEvent {
  /** `area.what`, from the closed union of the manager's events. */
  readonly type: string;
  readonly location: string;
  readonly scope: string;
  readonly agentName: string | undefined;
  /** Epoch milliseconds by the actor's clock. */
  readonly at: number;
  readonly actor: ProcessIdentity;
  /** Cause, evidence, before, after: whatever the type carries. Never a secret. */
  readonly data: JsonObject;
}

export interface EventRecord extends NewEvent {
  /** Grows in the order of commit. */
  readonly sequence: number;
}

/** The audit trail. */
export interface EventStore {
  append(params: { readonly events: readonly NewEvent[] }): Promise<void>;
  /** Oldest first, after the cursor. The cursor of the last page is always given, so that a reader can follow live: the end is a page with fewer items than `limit`. */
  list(
    params: {
      readonly location: string;
      readonly scope?: string | undefined;
      readonly agentName?: string | undefined;
      readonly types?: readonly string[] | undefined;
      readonly since?: number | undefined;
    } & PageRequest,
  ): Promise<Page<EventRecord>>;
  /** Removes events older than `before`, of one scope or of all; returns how many. */
  delete(params: {
    readonly location: string;
    readonly scope?: string | undefined;
    readonly before: number;
  }): Promise<number>;
}
