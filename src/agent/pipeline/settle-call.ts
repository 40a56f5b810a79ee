import { endReservation, type SpentTokens } from "../../llmops/metered-call.ts";
import type { BudgetHandle } from "../../llmops/stages.ts";
import type { CallPlan } from "./admission.ts";
import type { RunScope } from "./run-scope.ts";

/** A call and what the budget holds for it. */
export interface ReservedCall {
  readonly plan: CallPlan;
  readonly handle: BudgetHandle | undefined;
}

/** Ends the reservation of a call: with what it has used, or given back if it was certainly not made. */
export async function settleCall(
  run: RunScope,
  { plan, handle }: ReservedCall,
  spent: SpentTokens | undefined,
): Promise<void> {
  await endReservation(run.settings.stages.budget, { handle, context: plan.target.context }, spent);
}

/** The same for a call that has failed. Never rejects: the call's own failure is the one to report, and a reservation that stays runs out by itself. */
export async function settleFailedCall(
  run: RunScope,
  call: ReservedCall,
  spent: SpentTokens | undefined,
): Promise<void> {
  try {
    await settleCall(run, call, spent);
  } catch {
    // See above.
  }
}
