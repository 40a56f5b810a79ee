import type { Fingerprint } from "../config/index.ts";

interface OfSession<Type extends string> {
  readonly type: Type;
  readonly agentName: string;
  readonly sessionId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What happens to sessions, one member per kind. Runs are not events: they are counted. Part of `TenureEvent`. */
export type SessionEvent =
  /** It has a conversation in the service now. */
  | (OfSession<"session.started"> & { readonly conversationId: string })
  /** It goes on with another revision. */
  | (OfSession<"session.moved"> & { readonly fingerprint: Fingerprint; readonly before: Fingerprint })
  /** The service did not know its conversation any more. */
  | (OfSession<"session.lost"> & { readonly conversationId: string })
  /** Its conversation was deleted by order; it goes on without. */
  | (OfSession<"session.cleared"> & { readonly conversationId: string })
  /** It was deleted by order or by age. */
  | (OfSession<"session.ended"> & { readonly conversationId: string | undefined })
  | (OfSession<"session.imported"> & { readonly conversationId: string | undefined });
