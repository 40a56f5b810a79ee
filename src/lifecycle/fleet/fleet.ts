import type { AgentConfig, JsonObject, NormalConfig } from "../../config/index.ts";
import type { UnmanagedPolicy } from "../../manager/index.ts";
import type { DriftPolicy } from "../options.ts";
import type { RETIRE } from "./file/agent-entry.ts";
import type { Place } from "./source/located.ts";

/** What to do with an agent that this fleet made and no longer names. */
export type RetirePolicy = (typeof RETIRE)[number];

/** One agent that a fleet declares. */
export interface FleetAgent {
  readonly name: string;
  /** As `getOrCreateAgent` takes it; `model` is always there. */
  readonly config: AgentConfig;
  readonly normal: NormalConfig;
  readonly aliases: readonly string[];
  readonly owner: string | undefined;
  readonly purpose: string | undefined;
  readonly unmanaged: UnmanagedPolicy;
  /** Absent: what the manager does, for the plan `report`. */
  readonly drift: DriftPolicy | undefined;
  readonly place: Place;
}

/** What to do where the service is not as the file says. */
export interface FleetPolicies {
  readonly unmanaged: UnmanagedPolicy;
  readonly drift: DriftPolicy | undefined;
  readonly retire: RetirePolicy;
  /** How long an agent must not have been used before `retire: "delete"` marks it. */
  readonly retireUnusedForMs: number;
}

/** A fleet file, read and checked. */
export interface Fleet {
  /** Tells the fleet's agents from others of the scope. */
  readonly name: string;
  readonly file: string;
  readonly environment: string | undefined;
  /** Absent: the manager's. */
  readonly scope: string | undefined;
  readonly agents: readonly FleetAgent[];
  readonly policies: FleetPolicies;
  /** The sections as the options that they are for, with the options' own names: `max_output_tokens` is `maxOutputTokens`. */
  readonly retention: JsonObject | undefined;
  readonly budgets: JsonObject | undefined;
  readonly costs: JsonObject | undefined;
  /** What was read but cannot be carried over, for a person. */
  readonly notes: readonly string[];
}
