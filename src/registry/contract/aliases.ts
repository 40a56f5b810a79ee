import type { Fingerprint } from "../../config/index.ts";
import type { NewEvent } from "./events.ts";
import type { Lease } from "./leases.ts";
import type { AgentKey, Page, PageRequest } from "./records.ts";

/** A name that stands for a revision of one agent, e.g. `production`. */
export interface AliasRecord {
  readonly key: AgentKey;
  readonly alias: string;
  readonly fingerprint: Fingerprint;
  /** Epoch milliseconds by the registry's clock. */
  readonly movedAt: number;
  /** Grows by 1 with every `set`, from 1; for compare-and-set. */
  readonly moves: number;
}

/**
 * Aliases. Writes show the agent's lease and reject with `lease_lost`, changing nothing, unless it is valid now: a revision cannot be given an alias and
 * be deleted at the same time. They go with their agent.
 */
export interface AliasStore {
  get(params: { readonly key: AgentKey; readonly alias: string }): Promise<AliasRecord | undefined>;
  /** By alias, ascending, of one agent. */
  list(params: { readonly key: AgentKey } & PageRequest): Promise<Page<AliasRecord>>;
  /**
   * Points the alias to the revision if the stored `moves` is `expected` (0: it must not exist). Returns what is stored afterwards: the caller has won if
   * `written`. Rejects with `revision_not_found` if the revision is not there or deleted, `agent_not_found` if the agent is not. Events are written only
   * with the alias.
   */
  set(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly alias: string;
    readonly fingerprint: Fingerprint;
    readonly expected: number;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<{ readonly written: boolean; readonly alias: AliasRecord | undefined }>;
  /** `false`, and no events, if there was none. */
  delete(params: {
    readonly lease: Lease;
    readonly key: AgentKey;
    readonly alias: string;
    readonly events?: readonly NewEvent[] | undefined;
  }): Promise<boolean>;
}
