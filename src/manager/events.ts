import type { Fingerprint, RemoteRef } from "../config/index.ts";
import type { TenureErrorCode } from "../errors/index.ts";
import type { LifecycleEvent } from "./lifecycle-events.ts";
import type { SessionEvent } from "./session-events.ts";

interface Common<Type extends string> {
  readonly type: Type;
  readonly agentName: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

interface OfRevision<Type extends string> extends Common<Type> {
  readonly fingerprint: Fingerprint;
}

interface WithRemote<Type extends string> extends OfRevision<Type> {
  readonly remote: RemoteRef;
}

interface WithModel<Type extends string> extends WithRemote<Type> {
  /** The model deployment that was asked for. */
  readonly model: string;
}

/**
 * What the manager decides and meets, one member per kind. Hits are not events: they are counted (P7).
 *
 * Listeners are called in the order of the events, after the registry was written where it is. What a listener throws, or its promise rejects with, is ignored.
 */
export type TenureEvent =
  | (WithModel<"agent.created"> & { readonly durationMs: number })
  | (WithModel<"agent.updated"> & { readonly durationMs: number; readonly before: Fingerprint | undefined })
  /** Found in the service without a record; `stamped` tells whether it carries our stamp. */
  | (WithRemote<"agent.adopted"> & { readonly durationMs: number; readonly stamped: boolean })
  /** Known to the registry, new to this process. */
  | (WithRemote<"agent.reused"> & { readonly durationMs: number })
  | (OfRevision<"agent.failed"> & {
      readonly code: TenureErrorCode;
      readonly durationMs: number;
      /** Absent if only the stamp of a copy is known. */
      readonly model?: string | undefined;
    })
  /** `left`: versions that stay in the service because they do not carry our stamp. */
  | (Common<"agent.deleted"> & { readonly cause: string; readonly left?: number })
  | (WithRemote<"revision.deleted"> & { readonly cause: string })
  /** The registry's revision was not in the service any more. */
  | (WithRemote<"revision.missing"> & { readonly cause: string })
  /** A write whose outcome is not known; the service is asked next (P2). */
  | (OfRevision<"write.unknown"> & { readonly message: string })
  | (OfRevision<"write.conflict"> & { readonly message: string })
  | (OfRevision<"write.throttled"> & { readonly waitMs: number })
  | (Common<"lease.waited"> & { readonly waitMs: number })
  | (Common<"lease.lost"> & { readonly fence: number })
  /** Taken from a process that is known to be dead. */
  | (Common<"lease.taken"> & { readonly from: string })
  /** An unfinished intent of somebody who is gone came to its end. */
  | (Common<"recovery.intent"> & {
      readonly intentId: string;
      readonly result: "committed" | "dropped" | "duplicate-removed" | "deleted";
    })
  /** The sweep at the start came to its end, or failed. */
  | {
      readonly type: "recovery.swept";
      readonly at: number;
      readonly adopted: number;
      readonly duplicatesRemoved: number;
      readonly missing: number;
      readonly busy: number;
      readonly failed: number;
    }
  | { readonly type: "recovery.failed"; readonly at: number; readonly code: TenureErrorCode; readonly message: string }
  /** A copy that a late write made beside the registered revision was removed. */
  | (WithRemote<"recovery.duplicate"> & { readonly kept: RemoteRef })
  /** The registry did not answer and a known agent was given all the same (`whenRegistryFails: "reuse-known"`). */
  | (OfRevision<"registry.degraded"> & { readonly message: string })
  | LifecycleEvent
  | SessionEvent
  /** Counted use could not be written yet; it is kept and tried again. */
  | { readonly type: "usage.delayed"; readonly at: number; readonly message: string };

/** Omits from each member of a union on its own. */
type OmitEach<Union, Member extends PropertyKey> = Union extends unknown ? Omit<Union, Member> : never;

/** An event before it is dated. */
export type UndatedEvent = OmitEach<TenureEvent, "at">;
