import { TenureError, throwIfAborted } from "../../errors/index.ts";
import { type SpentTokens, UNSEEN } from "../../llmops/metered-call.ts";
import type { ActiveSpan, CostResult } from "../../llmops/stages.ts";
import { isCertainlyUnused, type ModelResponse, type RespondParams } from "../../services/contract/index.ts";
import type { SessionHold } from "../sessions/session-hold.ts";
import { outputLimit } from "./admission.ts";
import { type CallProgress, receive } from "./receive.ts";
import type { RunScope } from "./run-scope.ts";
import { type ReservedCall, settleCall, settleFailedCall } from "./settle-call.ts";
import { traced } from "./traced.ts";

/** One admitted call. */
export interface ModelCall extends ReservedCall {
  readonly session: SessionHold;
  readonly conversationId: string;
}

/** The cost of an answer whose use the service does not tell. */
const UNTOLD: CostResult = Object.freeze({ costPico: null, currency: "USD", pricedModel: undefined });

/** What a call has used so far, as far as is known; nothing as long as it was not sent. */
interface CallSpending {
  spent: SpentTokens | undefined;
}

/**
 * Calls the model once, counts and prices what it used, and settles the budget. Whatever happens the reservation is settled or given back; a failure to
 * do so fails the run only if nothing else has.
 */
export async function callModel(run: RunScope, call: ModelCall): Promise<ModelResponse> {
  const spending: CallSpending = { spent: undefined };
  let response: ModelResponse;
  try {
    response = await ask(run, call, spending);
  } catch (thrown) {
    await settleFailedCall(run, call, spending.spent);
    throw thrown;
  }
  await settleCall(run, call, spending.spent);
  return response;
}

function ask(run: RunScope, call: ModelCall, spending: CallSpending): Promise<ModelResponse> {
  const { plan, conversationId } = call;
  const { context } = plan.target;
  const start = { kind: "chat", context, conversationId, round: plan.round, streaming: run.streaming } as const;
  return traced(run.settings.stages.telemetry, start, async (span) => {
    const response = await send(run, call, { span, spending });
    spending.spent = { usage: response.usage, costPico: null };
    run.tally.addCall(response);
    span.set({
      usage: response.usage,
      responseId: response.id,
      responseModel: response.model,
      status: response.status,
      incompleteReason: response.incompleteReason,
      conversationId,
      output: response.text,
    });
    spending.spent = { usage: response.usage, costPico: await price(run, call, { response, span }) };
    return response;
  });
}

async function send(
  run: RunScope,
  { plan, conversationId, session }: ModelCall,
  { span, spending }: { readonly span: ActiveSpan; readonly spending: CallSpending },
): Promise<ModelResponse> {
  const params: RespondParams = {
    agent: plan.target.agent.remote,
    input: plan.input,
    conversationId,
    maxOutputTokens: outputLimit(run),
    headers: span.headers(),
    signal: run.signal,
  };
  throwIfAborted(run.signal);
  session.assertHeld();
  const progress: CallProgress = { started: false };
  spending.spent = UNSEEN;
  try {
    return await receive(run, params, progress);
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (!progress.started && isCertainlyUnused(error)) spending.spent = undefined;
    else run.tally.addUnseenCall({ isPriced: run.settings.stages.costs !== undefined });
    throw error;
  }
}

async function price(
  run: RunScope,
  call: ModelCall,
  { response, span }: { readonly response: ModelResponse; readonly span: ActiveSpan },
): Promise<bigint | null> {
  const { costs } = run.settings.stages;
  if (costs === undefined) return null;
  const { usage, model } = response;
  const cost =
    usage === undefined
      ? UNTOLD
      : await costs.price({ context: call.plan.target.context, usage, reportedModel: model });
  run.tally.addCost(cost.costPico);
  span.set({ costPico: cost.costPico });
  span.note({ type: "cost", cost });
  if (cost.notice !== undefined) run.notice("price_unknown", cost.notice);
  return cost.costPico;
}
