import type { DefinitionChange, Fingerprint, RemoteRef } from "../config/index.ts";
import type { TenureErrorCode } from "../errors/index.ts";

interface OfAgent<Type extends string> {
  readonly type: Type;
  readonly agentName: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What happens to an agent after its birth, one member per kind. Part of `TenureEvent`. */
export type LifecycleEvent =
  /** Another revision is current now. `cause`: `rollback`, `promotion`, `pin`, `drift`, `fleet`. */
  | (OfAgent<"revision.current"> & {
      readonly fingerprint: Fingerprint;
      readonly remote: RemoteRef;
      readonly before: Fingerprint | undefined;
      readonly cause: string;
    })
  /** The service stored something else than was sent; `difference` is from the sent to the stored definition. */
  | (OfAgent<"revision.stored-differently"> & {
      readonly fingerprint: Fingerprint;
      readonly remote: RemoteRef;
      readonly difference: readonly DefinitionChange[];
      /** The service made a draft of what was sent as a release, or the other way round. */
      readonly draft: "expected" | "unexpected" | undefined;
    })
  | (OfAgent<"alias.moved"> & {
      readonly alias: string;
      /** Absent if the alias was deleted. */
      readonly fingerprint: Fingerprint | undefined;
      readonly before: Fingerprint | undefined;
    })
  /** Something in the service is not as it was after our last write. `action`: what the policy made of it. */
  | (OfAgent<"drift.found"> & {
      readonly source: "edited" | "newer-version" | "deleted" | "disabled";
      readonly action: "reported" | "adopted" | "reverted" | "failed";
      readonly difference: readonly DefinitionChange[];
    })
  /** The service's own endpoint of the agent answers with this version now. */
  | (OfAgent<"endpoint.pinned"> & { readonly remote: RemoteRef })
  /** The endpoint could not be pinned; the agent itself is unharmed. */
  | (OfAgent<"endpoint.failed"> & { readonly message: string })
  /** An agent wanted a service name that another scope, `scope`, has. */
  | (OfAgent<"scope.contested"> & { readonly serviceName: string; readonly scope: string })
  /** Marked for deletion, or not any more. `cause`: the rule of retention, or `kept`. */
  | (OfAgent<"revision.marked" | "revision.unmarked"> & {
      readonly fingerprint: Fingerprint;
      readonly remote: RemoteRef;
      readonly cause: string;
    })
  /** An agent with our stamp and without a record was recorded; it goes unless somebody uses it. */
  | (OfAgent<"orphan.recorded"> & { readonly serviceName: string; readonly revisions: number })
  | (OfAgent<"session.expired"> & { readonly sessionId: string })
  /** The agent comes near a limit of the service. */
  | (OfAgent<"limit.near"> & {
      readonly limit: "versions" | "tools";
      readonly used: number;
      readonly most: number;
      readonly level: "warn" | "act";
    })
  /** A run of cleanup failed as a whole; the schedule's next one is tried all the same. */
  | { readonly type: "cleanup.failed"; readonly at: number; readonly code: TenureErrorCode; readonly message: string }
  /** A run of cleanup came to its end, or was stopped by one of its limits. */
  | {
      readonly type: "cleanup.finished" | "cleanup.stopped";
      readonly at: number;
      readonly message: string;
      readonly marked: number;
      readonly deleted: number;
      readonly failed: number;
    };
