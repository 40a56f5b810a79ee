import type { Fingerprint, JsonObject } from "../../config/index.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** One user's dialogue with an agent. */
export interface SessionRecord {
  readonly key: AgentKey;
  readonly sessionId: string;
  /** The revision that the session is pinned to. */
  readonly fingerprint: Fingerprint;
  /** The service's conversation; absent until the first run. */
  readonly conversationId: string | undefined;
  readonly userId: string | undefined;
  readonly title: string | undefined;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** Grows with every `put`; for compare-and-set. */
  readonly revisionCount: number;
  readonly data: JsonObject;
}

/** Sessions. They need no lease: one record is changed by compare-and-set. */
export interface SessionStore {
  get(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<SessionRecord | undefined>;
  /**
   * Writes the record if the stored `revisionCount` is `expected` (0: it must not exist). Returns what is stored afterwards: the caller has won if
   * `written`. Rejects with `agent_not_found` if the agent is not there. `createdAt` of an existing record is kept; `lastUsedAt` never goes back.
   */
  put(params: {
    readonly session: Omit<SessionRecord, "revisionCount">;
    readonly expected: number;
  }): Promise<{ readonly written: boolean; readonly session: SessionRecord | undefined }>;
  /** `false` if there was none. */
  delete(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<boolean>;
  /** By session id, of one agent (`name`) or a scope; with `usedBefore` only those not used since, longest idle first. Equal ones in an order that stays. */
  list(
    params: {
      readonly location: string;
      readonly scope: string;
      readonly name?: string | undefined;
      readonly usedBefore?: number | undefined;
    } & PageRequest,
  ): Promise<Page<SessionRecord>>;
  /** How many sessions each agent of the scope has. */
  count(params: { readonly location: string; readonly scope: string }): Promise<ReadonlyMap<string, number>>;
}
