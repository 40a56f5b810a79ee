import { existsSync } from "node:fs";
import type { Fleet, LoadFleetOptions } from "../lifecycle/fleet/index.ts";
import type { GlobalOptions } from "./global-options.ts";

/** Options of every command that reads a fleet file. */
export interface FleetCommandOptions extends GlobalOptions {
  readonly environment?: string;
}

/** The file that is read when none is named. */
export const FLEET_FILE = "tenure.yaml";

/** The file that is meant: the one that was named, else the usual one if it is there. */
export function fleetFileAt(named: string | undefined): string | undefined {
  return named ?? (existsSync(FLEET_FILE) ? FLEET_FILE : undefined);
}

/** Reads and checks the file, with the rules of every part that owns a section of it. Needs neither service nor registry. */
export async function readFleet(file: string, environment: string | undefined): Promise<Fleet> {
  const { loadFleet } = await import("../lifecycle/fleet/index.ts");
  const { resolveBudgets } = await import("../llmops/budget/options.ts");
  const { resolveCosts } = await import("../llmops/cost/options.ts");
  const service = await import("../services/foundry/names.ts");
  const checks: LoadFleetOptions["checks"] = {
    budgets: (options) => resolveBudgets({ rules: [], ...options }),
    costs: (options) => resolveCosts(options),
  };
  return loadFleet(file, { environment, service, checks });
}

/** The same for a command that acts: the file's scope counts unless the command line names one. */
export async function readFleetToApply(file: string, options: FleetCommandOptions): Promise<Fleet> {
  const fleet = await readFleet(file, options.environment);
  if (options.scope !== undefined) return { ...fleet, scope: undefined };
  if (fleet.scope !== undefined) process.env.TENURE_SCOPE = fleet.scope;
  return fleet;
}
