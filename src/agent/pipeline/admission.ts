import { TenureError } from "../../errors/index.ts";
import type { ActiveSpan, BudgetBreach, BudgetDecision, BudgetHandle, CallEstimate } from "../../llmops/stages.ts";
import { measureInput } from "../input/measure-input.ts";
import type { ModelInput, RunScope, RunTarget } from "./run-scope.ts";

/** What one model call is about to take. */
export interface CallPlan {
  readonly target: RunTarget;
  readonly input: ModelInput;
  /** 0 for the run's first call. */
  readonly round: number;
  readonly carriedTokens: number;
}

/** The budget's leave for one call. */
export interface Admission {
  /** Absent without a budget. */
  readonly handle: BudgetHandle | undefined;
  /** Another model that the call must use. */
  readonly degradeTo: string | undefined;
}

/** Asks the budget. Rejects with `budget_exceeded` when it says stop; nothing is reserved then. */
export async function admit(run: RunScope, plan: CallPlan, span: ActiveSpan): Promise<Admission> {
  const { budget } = run.settings.stages;
  if (budget === undefined) return { handle: undefined, degradeTo: undefined };
  const decision = await budget.reserve(plan.target.context, estimate(run, plan));
  span.note({ type: "budget", decision });
  return read(run, decision);
}

function read(run: RunScope, decision: BudgetDecision): Admission {
  if (decision.kind === "stop") {
    run.tally.breach = decision.breach;
    run.tally.budgetExceeded = true;
    throw exceeded(decision.breach);
  }
  if (decision.kind === "degrade") {
    run.tally.breach = decision.breach;
    run.notice("budget_degraded", `${describe(decision.breach)}: the run uses ${decision.model} instead.`);
    return { handle: decision.handle, degradeTo: decision.model };
  }
  for (const warning of decision.warnings) {
    run.tally.breach ??= warning;
    run.notice("budget_warning", describe(warning));
  }
  return { handle: decision.handle, degradeTo: undefined };
}

function estimate(run: RunScope, { input, round, carriedTokens }: CallPlan): CallEstimate {
  const { text, attachedTokens } = measureInput(input);
  return {
    inputText: `${run.settings.standingInput}\n${text}`,
    attachedTokens,
    carriedTokens,
    maxOutputTokens: outputLimit(run),
    round,
    timeoutMs: run.deadline.remainingMs,
  };
}

/** Most output tokens of one call: the run's, else the budget's. */
export function outputLimit(run: RunScope): number | undefined {
  return run.request.maxOutputTokens ?? run.settings.stages.budget?.maxOutputTokens;
}

function exceeded(breach: BudgetBreach): TenureError {
  const resetAt = breach.resetAt === undefined ? undefined : new Date(breach.resetAt).toISOString();
  return new TenureError("budget_exceeded", `${describe(breach)}.`, {
    ...(resetAt === undefined ? {} : { hint: `Wait until ${resetAt}, when the budget begins anew, or raise it.` }),
    details: { ...breach, resetAt },
  });
}

function describe({ budget, window, scope, unit, limit, used, requested }: BudgetBreach): string {
  return `Budget ${JSON.stringify(budget)} (${scope}, ${window}) of ${limit} ${unit} is passed: ${used} used, ${requested} more wanted`;
}
