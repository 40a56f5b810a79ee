export { applyFleet, type ApplyFleetOptions } from "./apply/apply-fleet.ts";
export type { FleetReport, FleetResult } from "./apply/report.ts";
export type { Fleet, FleetAgent, FleetPolicies, RetirePolicy } from "./fleet.ts";
export { importFleet } from "./import/import-fleet.ts";
export { fleetEnvironments, loadFleet, type LoadFleetOptions } from "./load-fleet.ts";
export type { AliasMove, FleetPlan, PlanAction, PlanKind } from "./plan/plan.ts";
export { planFleet } from "./plan/plan-fleet.ts";
