import { assertObject, refuseUnknown } from "../config/option-checks.ts";
import type { AgentRegistry } from "../registry/contract/index.ts";
import { BudgetGuard } from "./budget/budget-guard.ts";
import { budgetsFromEnvironment } from "./budget/from-environment.ts";
import type { BudgetOptions } from "./budget/options.ts";
import { CostMeter, type CostMeterOptions } from "./cost/cost-meter.ts";
import { AnswerEvaluation, type EvaluationOptions } from "./evaluation/answer-evaluation.ts";
import type { BudgetStage, CostStage, EvaluationStage, TelemetryStage } from "./stages.ts";
import type { LifecycleSource } from "./telemetry/lifecycle-source.ts";
import { type Observation, observeLifecycle } from "./telemetry/lifecycle-telemetry.ts";
import type { TelemetryOptions } from "./telemetry/options.ts";
import { RunTelemetry } from "./telemetry/run-telemetry.ts";

/** What goes around runs. `false` leaves a part out. */
export interface LlmopsOptions {
  /** Default: list prices of the deployment's name. Budgets in currency and judges need it, so they see it also when it is left out of the stages. */
  readonly costs?: CostMeterOptions | false | undefined;
  /** Default: the limits of the environment, `DAILY_TOKEN_BUDGET` and `MAX_TOKENS_PER_REQUEST`. `rules` given here replace them. */
  readonly budgets?: BudgetOptions | false | undefined;
  /** Default: the five measures, inline. */
  readonly evaluation?: EvaluationOptions | false | undefined;
  /** Default: spans and metrics without content, if `@opentelemetry/api` is installed. */
  readonly telemetry?: TelemetryOptions | false | undefined;
  /** Where the default budgets are read from. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The four stages as a `ProductionAgent` takes them: `false` where one was left out, so that none stands in by default. */
export interface LlmopsStages {
  readonly budget: BudgetStage | false;
  readonly costs: CostStage | false;
  readonly evaluation: EvaluationStage | false;
  readonly telemetry: TelemetryStage | false;
}

/** The four stages of a run, ready to be spread into the options of a `ProductionAgent`, and what belongs to them. */
export interface Llmops {
  readonly stages: LlmopsStages;
  readonly costs: CostMeter;
  /** Tells how full the budgets are; `undefined` if they were left out. */
  readonly budgets: BudgetGuard | undefined;
  /** Lifecycle metrics of a manager, until the manager or the observation ends; and `flush()` when the manager closes. */
  observe(manager: LifecycleSource): Promise<Observation>;
  /** Writes what is buffered for one registry, or for all: call it before a manager closes that is not observed. Rejects as the registry does; nothing is lost by that. */
  flush(registry?: AgentRegistry): Promise<void>;
  /** Meters, scores and settlements that were never written: their registry was closed before they were, or (settlements not) out of reach for too long. */
  dropped(): number;
}

const KNOWN = new Set(["costs", "budgets", "evaluation", "telemetry", "env"] satisfies (keyof LlmopsOptions)[]);

/** Makes cost, budget, evaluation and telemetry that know each other. Rejects wrong options and variables with `invalid_option`; does no I/O. */
export function createLlmops(options: LlmopsOptions = {}): Llmops {
  assertObject("options", options);
  refuseUnknown("options", options, KNOWN);
  const costs = new CostMeter(options.costs === false ? {} : options.costs);
  const budget =
    options.budgets === false
      ? undefined
      : new BudgetGuard(options.budgets ?? { rules: budgetsFromEnvironment(options.env ?? process.env) }, costs);
  const evaluation =
    options.evaluation === false ? undefined : new AnswerEvaluation(options.evaluation, { budget, costs });
  const { telemetry } = options;
  const flush = async (registry?: AgentRegistry): Promise<void> => {
    await Promise.all([costs.flush(registry), budget?.flush(registry), evaluation?.flush(registry)]);
  };
  return {
    costs,
    budgets: budget,
    stages: {
      budget: budget ?? false,
      costs: options.costs === false ? false : costs,
      evaluation: evaluation ?? false,
      telemetry: telemetry === false ? false : new RunTelemetry(telemetry),
    },
    observe(manager) {
      manager.onClose?.(() => flush(manager.registry));
      return telemetry === false ? Promise.resolve({ stop: () => undefined }) : observeLifecycle(manager, telemetry);
    },
    flush,
    dropped: () => costs.dropped + (budget?.dropped ?? 0) + (evaluation?.dropped ?? 0),
  };
}
