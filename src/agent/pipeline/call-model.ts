import { TenureError } from "../../errors/index.ts";
import type { ActiveSpan, BudgetHandle } from "../../llmops/stages.ts";
import type { ModelResponse, RespondParams } from "../../services/contract/index.ts";
import { type CallPlan, outputLimit } from "./admission.ts";
import { type CallProgress, receive } from "./receive.ts";
import type { RunScope } from "./run-scope.ts";
import { traced } from "./traced.ts";

/** One admitted call. */
export interface ModelCall {
  readonly plan: CallPlan;
  readonly conversationId: string;
  readonly handle: BudgetHandle | undefined;
}

/** The failures after which the service may be at work all the same: what was reserved counts as used. */
const MAYBE_USED = new Set(["timeout", "aborted"]);

/**
 * Calls the model once, counts and prices what it used, and settles the budget. Whatever happens the reservation is settled or given back; a failure to
 * do so fails the run only if nothing else has.
 */
export async function callModel(run: RunScope, call: ModelCall): Promise<ModelResponse> {
  const { plan, conversationId } = call;
  const { context } = plan.target;
  const start = { kind: "chat", context, conversationId, round: plan.round, streaming: run.streaming } as const;
  return traced(run.settings.stages.telemetry, start, async (span) => {
    const response = await send(run, call, span);
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
    const costPico = await price(run, call, { response, span });
    await settle(run, call, { response, costPico });
    return response;
  });
}

async function send(run: RunScope, call: ModelCall, span: ActiveSpan): Promise<ModelResponse> {
  const { plan, conversationId } = call;
  const params: RespondParams = {
    agent: plan.target.agent.remote,
    input: plan.input,
    conversationId,
    maxOutputTokens: outputLimit(run),
    headers: span.headers(),
    signal: run.signal,
  };
  const progress: CallProgress = { started: false };
  try {
    return await receive(run, params, progress);
  } catch (thrown) {
    const error = TenureError.from(thrown);
    await giveBack(run, call, progress.started || MAYBE_USED.has(error.code));
    throw error;
  }
}

/** Ends a reservation whose call has failed: `used` if the service may have worked on it. Never rejects. */
export async function giveBack(run: RunScope, call: Pick<ModelCall, "plan" | "handle">, used: boolean): Promise<void> {
  const { budget } = run.settings.stages;
  if (budget === undefined || call.handle === undefined) return;
  const { context } = call.plan.target;
  try {
    if (used) await budget.settle(call.handle, { context, usage: undefined, costPico: null });
    else await budget.release(call.handle);
  } catch {
    // The call's own failure is the one to report; a reservation that stays runs out by itself.
  }
}

async function price(
  run: RunScope,
  call: ModelCall,
  { response, span }: { readonly response: ModelResponse; readonly span: ActiveSpan },
): Promise<bigint | null> {
  const { costs } = run.settings.stages;
  if (costs === undefined || response.usage === undefined) return null;
  const cost = await costs.price({
    context: call.plan.target.context,
    usage: response.usage,
    reportedModel: response.model,
  });
  run.tally.addCost(cost.costPico);
  span.set({ costPico: cost.costPico });
  span.note({ type: "cost", cost });
  if (cost.notice !== undefined) run.notice("price_unknown", cost.notice);
  return cost.costPico;
}

async function settle(
  run: RunScope,
  call: ModelCall,
  { response, costPico }: { readonly response: ModelResponse; readonly costPico: bigint | null },
): Promise<void> {
  if (call.handle === undefined) return;
  await run.settings.stages.budget?.settle(call.handle, {
    context: call.plan.target.context,
    usage: response.usage,
    costPico,
  });
}
