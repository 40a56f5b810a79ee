import type { RemoteRef } from "../../../config/index.ts";
import type { TenureError } from "../../../errors/index.ts";
import type { FleetPlan, PlanAction } from "../plan/plan.ts";

/** What came of one action. */
export interface FleetResult {
  readonly agentName: string;
  readonly action: PlanAction;
  /** `done`: as planned. `kept`: nothing was to be done, only told. `failed`: see `error`; the other agents are not kept by it. */
  readonly outcome: "done" | "kept" | "failed";
  /** What was done, for a person. */
  readonly detail: string;
  /** The agent in the service afterwards, where the action made or found one. */
  readonly remote: RemoteRef | undefined;
  readonly error: TenureError | undefined;
  readonly durationMs: number;
}

/** What `applyFleet` did. */
export interface FleetReport {
  /** What was applied. */
  readonly plan: FleetPlan;
  /** By agent name. */
  readonly results: readonly FleetResult[];
  readonly done: number;
  readonly kept: number;
  readonly failed: number;
  /** Agents that were as the file says. */
  readonly unchanged: number;
  readonly durationMs: number;
}

/** Counts the results. */
export function toReport(plan: FleetPlan, results: readonly FleetResult[], durationMs: number): FleetReport {
  const count = (outcome: FleetResult["outcome"]): number =>
    results.filter((result) => result.outcome === outcome).length;
  return {
    plan,
    results: results.toSorted((a, b) => (a.agentName < b.agentName ? -1 : 1)),
    done: count("done"),
    kept: count("kept"),
    failed: count("failed"),
    unchanged: plan.unchanged,
    durationMs,
  };
}
