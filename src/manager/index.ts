export type { CleanupAllReport } from "./cleanup-all.ts";
export { openRegistry } from "./default-manager.ts";
export type { TenureEvent } from "./events.ts";
export type {
  AgentRequest,
  ChangePolicy,
  ManagedAgent,
  ResolveOptions,
  ResolveOutcome,
  UnmanagedPolicy,
} from "./managed-agent.ts";
export { checkCallOptions, checkResolveOptions, type ManagerOptions } from "./options.ts";
export { AgentManager } from "./agent-manager.ts";
export { recordCopy } from "./recovery/record-copy.ts";
export { settleCopy } from "./recovery/settle-copy.ts";
export type { RecoveryOptions, RecoveryReport } from "./recovery/recover-scope.ts";
export type { AgentMetadata } from "./metadata.ts";
export type { AgentStats, AgentUsage } from "./statistics.ts";
export type { RunRecord } from "./usage/usage-cell.ts";
export { pinnedOf, type ProtectedUntil, protectionOf, shownProtection } from "./agent-settings.ts";
export type { LifecycleEvent } from "./lifecycle-events.ts";
export type { SessionEvent } from "./session-events.ts";
export { addResponseIds, deleteSessionTraces, RESPONSES_MEMBER, responseIdsOf } from "./session-traces.ts";
export { isRegistryDown } from "./hit/brief-looks.ts";
export type { ManagerCore } from "./manager-core.ts";
export { Deadline } from "./deadline.ts";
export { createDefaultManager } from "./default-manager.ts";
export { auditEvent } from "./protocol/audit.ts";
export { isReleased, movingKey, releasedKey } from "./released.ts";
export type { ProtocolContext } from "./protocol/context.ts";
export { claimNow, claimOrWait, type HeldLease } from "./protocol/held-lease.ts";
export { finishDeletions, isRefusal } from "./protocol/finish-deletion.ts";
export { finishIntents, finishShown } from "./protocol/intents.ts";
export { eachItem, liveRevisions } from "./protocol/live-revisions.ts";
export { LIMIT_LINES, mostVersionsOf } from "./protocol/near-limit.ts";
export { deleteOwned } from "./protocol/owned.ts";
export { removeRetired } from "./protocol/remove-retired.ts";
export { deleteFromService } from "./protocol/removal.ts";
export { type Birth, isOurStamp } from "./protocol/target.ts";
export { differenceFrom } from "./protocol/unmanaged.ts";
