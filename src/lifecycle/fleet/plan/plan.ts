import type { DefinitionChange, Fingerprint, JsonObject } from "../../../config/index.ts";
import type { TenureErrorCode } from "../../../errors/index.ts";
import type { DriftSource } from "../../drift/finding.ts";
import type { DriftPolicy } from "../../options.ts";
import type { RetirePolicy } from "../fleet.ts";

/**
 * What is to be done about one agent. `create`: it is not in the service. `update`: it has another configuration. `adopt`: the service has it, the registry does
 * not. `drift`: somebody changed it in the service. `settings`: only aliases, owner and the like differ. `retire`: the fleet made it and no longer names it.
 * `blocked`: a rule forbids what the file asks for.
 */
export type PlanKind = "create" | "update" | "adopt" | "drift" | "settings" | "retire" | "blocked";

/** An alias that is to stand for the declared configuration. */
export interface AliasMove {
  readonly alias: string;
  readonly before: Fingerprint | undefined;
  /** How often it was moved so far: it is moved only if nobody did meanwhile. */
  readonly moves: number;
}

/** One action of a plan, with what it rests on. Plain data. */
export interface PlanAction {
  readonly agentName: string;
  readonly serviceName: string;
  readonly kind: PlanKind;
  /** Why, for a person. */
  readonly reason: string;
  /** The configuration that is wanted; absent for `retire`. */
  readonly fingerprint: Fingerprint | undefined;
  /** The current revision when the plan was made. */
  readonly before: Fingerprint | undefined;
  /** From what is to what is wanted; for `drift` from what we left to what is. */
  readonly difference: readonly DefinitionChange[];
  readonly aliases: readonly AliasMove[];
  /** Settings of the agent's record that differ, with the values that are wanted. */
  readonly settings: JsonObject;
  /** Of `drift`: what is done about it. */
  readonly drift: { readonly policy: DriftPolicy; readonly sources: readonly DriftSource[] } | undefined;
  /** Of `retire`: what is done. */
  readonly retire: RetirePolicy | undefined;
  /** Of `blocked`: the code of the error that applying would end with. */
  readonly code: TenureErrorCode | undefined;
  /** What registry and service said when the plan was made: if they say otherwise later, the plan is no longer true. */
  readonly basis: string;
}

/** What separates a service from its fleet file. Plain data: it can be kept as JSON and applied later. */
export interface FleetPlan {
  /** Version of this format. */
  readonly version: 1;
  readonly fleet: string;
  /** Of everything that the file asked for. */
  readonly digest: Fingerprint;
  readonly location: string;
  readonly scope: string;
  readonly environment: string | undefined;
  /** ISO 8601. */
  readonly madeAt: string;
  /** By agent name. Empty: the service is as the file says. */
  readonly actions: readonly PlanAction[];
  /** Agents that are as the file says. */
  readonly unchanged: number;
  /** Agents of the scope that neither this file names nor this fleet made. They are left alone. */
  readonly others: number;
}
