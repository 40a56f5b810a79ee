export type { AliasRequest } from "./aliases/resolve-alias.ts";
export type { SetAliasOptions } from "./aliases/set-alias.ts";
export type { AuditEvent, EventFilter } from "./audit/read-events.ts";
export type { DriftOptions } from "./drift/check-drift.ts";
export type { DriftFinding } from "./drift/finding.ts";
export type {
  AliasMove,
  ApplyFleetOptions,
  Fleet,
  FleetAgent,
  FleetPlan,
  FleetPolicies,
  FleetReport,
  FleetResult,
  LoadFleetOptions,
  PlanAction,
  PlanKind,
  RetirePolicy,
} from "./fleet/index.ts";
export { loadFleet } from "./fleet/load-lazily.ts";
export type { DriftPolicy, LifecycleOptions, ProductionAgentManagerOptions } from "./options.ts";
export type { Adoption } from "./ownership/adopt.ts";
export type { Ownership, OwnershipChange } from "./ownership/describe.ts";
export type { Transfer, TransferOptions } from "./ownership/transfer.ts";
export { ProductionAgentManager } from "./production-agent-manager.ts";
export type { CleanupReport, CleanupRunOptions } from "./retention/cleanup.ts";
export type { RetentionAction } from "./retention/action.ts";
export type { RetentionRule } from "./retention/decide.ts";
export type { LimitForecast } from "./retention/forecast.ts";
export type { IdlePolicy, LimitPolicy, RetentionPolicies, RevisionPolicy, RunLimit } from "./retention/policies.ts";
export type { CleanupFailure } from "./retention/tally.ts";
export type { PlanOptions, RetentionPlan } from "./retention/plan.ts";
export type { CleanupSchedule, StartCleanupOptions } from "./retention/schedule.ts";
export type { RevisionInfo } from "./revisions/list-revisions.ts";
export type { PromoteOptions } from "./revisions/promote.ts";
export type { ProtectOptions, Until } from "./revisions/protect.ts";
export type { RollbackOptions } from "./revisions/rollback.ts";
export type { LifecycleCallOptions } from "./under-lease.ts";
