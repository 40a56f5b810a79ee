export type { AgentStore, LookUp, SettingsPatch } from "./agents.ts";
export type { AliasRecord, AliasStore } from "./aliases.ts";
export type { BudgetBalance, BudgetEntry, BudgetStore, OpenReservation, ReserveResult } from "./budgets.ts";
export type { Census, CensusStore } from "./census.ts";
export type { EventRecord, EventStore, NewEvent } from "./events.ts";
export type { IntentStore, NewAgent, NewRevision } from "./intents.ts";
export type { ClaimParams, ClaimResult, Lease, LeaseStore } from "./leases.ts";
export type { MeterCounters, MeterDelta, MeterDimension, MeterFilter, MeterRow, MeterStore } from "./meters.ts";
export { PICO_PER_UNIT, picoToNumber } from "./pico.ts";
export type { ProcessStore } from "./processes.ts";
export {
  type AgentKey,
  type AgentRecord,
  type IntentRecord,
  type Page,
  type PageRequest,
  type ProcessIdentity,
  REVISION_TRANSITIONS,
  type RevisionRecord,
  type RevisionState,
} from "./records.ts";
export { type AgentRegistry, agentResource, type RegistryCapabilities, sessionResource } from "./registry.ts";
export type { RunEntry, RunFilter, RunStore } from "./runs.ts";
export type { ScoreCounters, ScoreDelta, ScoreKey, ScoreRecord, ScoreStore } from "./scores.ts";
export type { SessionRecord, SessionStore } from "./sessions.ts";
export type { SessionTouch, UsageCounters, UsageDelta, UsageRecord, UsageStore } from "./usage.ts";
