import type { JsonObject } from "../config/index.ts";
import { budgetsFromEnvironment } from "./budget/from-environment.ts";
import { type BudgetOptions, resolveBudgets } from "./budget/options.ts";
import { type CostOptions, resolveCosts } from "./cost/options.ts";
import type { LlmopsOptions } from "./create-llmops.ts";

/** The sections of a fleet file that are about money, as `loadFleet` gives them. */
export interface FleetSections {
  readonly budgets?: JsonObject | undefined;
  readonly costs?: JsonObject | undefined;
}

/**
 * `budgets` and `costs` of a fleet file for `createLlmops`, checked: rejects what is wrong with `invalid_option`. A section that the file does not have is
 * left to its default, and so are the rules of budgets that list none: the limits of `env`, which is `process.env` unless it is given.
 */
export function llmopsOptionsOf(
  { budgets, costs }: FleetSections,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Pick<LlmopsOptions, "budgets" | "costs"> {
  return {
    ...(budgets === undefined ? {} : { budgets: budgetsOf(budgets, env) }),
    ...(costs === undefined ? {} : { costs: costsOf(costs) }),
  };
}

function budgetsOf(section: JsonObject, env: Readonly<Record<string, string | undefined>>): BudgetOptions {
  const options: BudgetOptions = { rules: budgetsFromEnvironment(env), ...(section as Partial<BudgetOptions>) };
  resolveBudgets(options);
  return options;
}

function costsOf(section: JsonObject): CostOptions {
  const options = section as CostOptions;
  resolveCosts(options);
  return options;
}
