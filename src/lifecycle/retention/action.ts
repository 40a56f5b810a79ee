import type { Fingerprint, JsonObject, RemoteRef } from "../../config/index.ts";
import type { RetentionRule } from "./decide.ts";

/** One thing that cleanup does, or would do. */
export interface RetentionAction {
  /**
   * `mark`: the revision goes after the grace period, unless somebody uses it. `unmark`: it stays after all. `wait`: it is marked and not due.
   * `delete`: the revision. `forget`: the agent's record, its conversations and what it owns; nothing else of it is left. `record`: an orphan gets a record
   * and a mark. `end-intents`: unfinished changes come to their end. `expire`: a session and its conversation.
   */
  readonly kind: "mark" | "unmark" | "wait" | "delete" | "forget" | "record" | "end-intents" | "expire";
  readonly agentName: string;
  /** Absent for `unmark`. */
  readonly rule: RetentionRule | undefined;
  readonly reason: string;
  readonly fingerprint?: Fingerprint | undefined;
  readonly remote?: RemoteRef | undefined;
  readonly sessionId?: string | undefined;
  /** What the reason rests on. */
  readonly evidence: JsonObject;
}
