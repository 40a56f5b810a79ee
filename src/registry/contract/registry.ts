import type { AgentStore } from "./agents.ts";
import type { AliasStore } from "./aliases.ts";
import type { BudgetStore } from "./budgets.ts";
import type { CensusStore } from "./census.ts";
import type { EventStore } from "./events.ts";
import type { IntentStore } from "./intents.ts";
import type { LeaseStore } from "./leases.ts";
import type { MeterStore } from "./meters.ts";
import type { ProcessStore } from "./processes.ts";
import type { AgentKey } from "./records.ts";
import type { RunStore } from "./runs.ts";
import type { ScoreStore } from "./scores.ts";
import type { SessionStore } from "./sessions.ts";
import type { UsageStore } from "./usage.ts";

/** What a registry can and cannot do. */
export interface RegistryCapabilities {
  /** Who can share it: callers in one process, processes of one machine, or many machines. */
  readonly sharedBy: "process" | "machine" | "network";
  /** Whether what was written survives the end of the process. */
  readonly durable: boolean;
}

/**
 * The durable record of agents, revisions, leases, intents, sessions, use, runs and events.
 *
 * Failures: `registry_unavailable` (retryable; the write may or may not have happened), `registry_busy` and `registry_full` (retryable; it did not
 * happen), when opening also `registry_schema_newer`, `registry_read_only` and the codes of the implementation; and the codes named at each method. The first call opens the registry if `open()` was not called. After `close()` every call rejects with `closed`.
 */
export interface AgentRegistry extends AsyncDisposable {
  readonly capabilities: RegistryCapabilities;
  readonly agents: AgentStore;
  readonly aliases: AliasStore;
  readonly leases: LeaseStore;
  readonly intents: IntentStore;
  readonly usage: UsageStore;
  readonly sessions: SessionStore;
  readonly events: EventStore;
  readonly processes: ProcessStore;
  readonly budgets: BudgetStore;
  readonly meters: MeterStore;
  readonly runs: RunStore;
  readonly scores: ScoreStore;
  readonly census: CensusStore;
  /** Connects and brings the schema up to date. Any number of processes may do so at once. */
  open(): Promise<void>;
  /** The registry's own clock, epoch milliseconds: the one that leases run by. */
  now(): Promise<number>;
  /** Ends waits with `closed`, gives connections back. Twice is fine. */
  close(): Promise<void>;
}

/** The lease resource of an agent. Parts are escaped, so no two keys meet. */
export function agentResource(key: AgentKey): string {
  return `agent|${[key.location, key.scope, key.name].map((part) => encodeURIComponent(part)).join("|")}`;
}

/** The lease resource of a session. */
export function sessionResource(key: AgentKey, sessionId: string): string {
  return `session|${[key.location, key.scope, key.name, sessionId].map((part) => encodeURIComponent(part)).join("|")}`;
}
