import { TenureError } from "../errors/index.ts";
import { isCertainlyUnused, type TokenUsage } from "../services/contract/index.ts";
import type { BudgetHandle, BudgetStage, CallEstimate, RunContext } from "./stages.ts";

/** What a call has used; without `usage` nobody knows how much. */
export interface SpentTokens {
  readonly usage: TokenUsage | undefined;
  readonly costPico: bigint | null;
}

/** Of a call that may have been made, and whose answer was not seen. */
export const UNSEEN: SpentTokens = Object.freeze({ usage: undefined, costPico: null });

/** One model call outside of a run, on behalf of somebody who counts it. */
export interface CountedCall<Answer> {
  /** Its `model` is the one that is called. */
  readonly context: RunContext;
  readonly estimate: Pick<CallEstimate, "inputText" | "maxOutputTokens" | "timeoutMs">;
  readonly make: () => Promise<Answer>;
  readonly price: (answer: Answer) => Promise<bigint | null>;
  /** Told once, unless the call was certainly not made. `answer` is absent if it was not seen. */
  readonly count: (spent: SpentTokens, answer: Answer | undefined) => void;
}

/** Makes the call within the budget, and settles it by what it used. Rejects with `budget_exceeded` instead of making one that the budget forbids. */
export async function meteredCall<Answer extends Pick<SpentTokens, "usage">>(
  budget: BudgetStage | undefined,
  call: CountedCall<Answer>,
): Promise<Answer> {
  const handle = await reserve(budget, call);
  const end = (spent: SpentTokens | undefined, answer?: Answer): Promise<void> => {
    if (spent !== undefined) call.count(spent, answer);
    return endReservation(budget, { handle, context: call.context }, spent);
  };
  let answer: Answer;
  try {
    answer = await call.make();
  } catch (thrown) {
    await end(isCertainlyUnused(failureOf(thrown)) ? undefined : UNSEEN);
    throw thrown;
  }
  await end({ usage: answer.usage, costPico: await call.price(answer) }, answer);
  return answer;
}

/** Ends a reservation: with what the call has used, or given back if it was certainly not made. */
export async function endReservation(
  budget: BudgetStage | undefined,
  { handle, context }: { readonly handle: BudgetHandle | undefined; readonly context: RunContext },
  spent: SpentTokens | undefined,
): Promise<void> {
  if (budget === undefined || handle === undefined) return;
  if (spent === undefined) await budget.release(handle);
  else await budget.settle(handle, { context, ...spent });
}

async function reserve<Answer>(
  budget: BudgetStage | undefined,
  { context, estimate }: CountedCall<Answer>,
): Promise<BudgetHandle | undefined> {
  const { inputText, maxOutputTokens, timeoutMs } = estimate;
  // Round 1: whoever is compared, and whoever judges, is not exchanged for a cheaper model, for the scores would mean something else.
  const whole = { inputText, maxOutputTokens, timeoutMs, carriedTokens: 0, round: 1 };
  const decision = await budget?.reserve(context, whole);
  if (decision?.kind !== "stop") return decision?.handle;
  const { budget: name, limit, unit, used } = decision.breach;
  const message = `The budget ${name} of ${limit} ${unit} has ${used} used: ${context.model} was not asked.`;
  throw new TenureError("budget_exceeded", message, { details: { ...decision.breach } });
}

/** What a client of another library throws tells the status of the answer too. */
function failureOf(thrown: unknown): TenureError {
  const error = TenureError.from(thrown);
  const status = thrown instanceof Error && "status" in thrown ? thrown.status : undefined;
  if (error === thrown || typeof status !== "number") return error;
  return new TenureError(error.code, error.message, { status });
}
