import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { ActiveSpan } from "../../llmops/stages.ts";
import type { ModelResponse } from "../../services/contract/index.ts";
import { userInput } from "../input/user-input.ts";
import type { SessionHold } from "../sessions/session-hold.ts";
import { decideApprovals } from "../tools/approvals.ts";
import { callTools } from "../tools/call-tools.ts";
import { type Admission, admit, type CallPlan, outputLimit } from "./admission.ts";
import type { AgentSource } from "./agent-source.ts";
import { callModel } from "./call-model.ts";
import { failureOf } from "./judge-response.ts";
import type { ModelInput, RunScope, RunTarget } from "./run-scope.ts";
import { settleFailedCall } from "./settle-call.ts";
import { degradedTarget } from "./target.ts";

/** Where a question is asked. */
export interface Exchange {
  readonly run: RunScope;
  readonly source: AgentSource;
  readonly session: SessionHold;
  readonly span: ActiveSpan;
}

/** An admitted first call. */
interface Opening {
  readonly plan: CallPlan;
  readonly handle: Admission["handle"];
  readonly conversationId: string;
}

/** Asks the question and serves the model's tool calls until it answers, at most `maxToolRounds` times. */
export async function converse(exchange: Exchange, target: RunTarget): Promise<ModelResponse> {
  const { run, session } = exchange;
  const { maxToolRounds } = run.settings;
  const opening = await open(exchange, target);
  let { plan, handle } = opening;
  for (;;) {
    const response = await callModel(run, { plan, handle, session, conversationId: opening.conversationId });
    const failure = failureOf(response, outputLimit(run));
    if (failure !== undefined) throw failure;
    if (response.functionCalls.length + response.approvalRequests.length === 0) return response;
    run.tally.produced = true;
    if (plan.round >= maxToolRounds) {
      throw new TenureError(
        "tool_loop",
        `The model asked for tools ${maxToolRounds + 1} times in one run; ${maxToolRounds} are allowed.`,
      );
    }
    const input = await serve(run, plan.target, response);
    plan = { target: plan.target, input, round: plan.round + 1, carriedTokens: run.tally.carriedTokens };
    session.assertHeld();
    ({ handle } = await admit(run, plan, exchange.span));
    run.progress(
      "running",
      `Giving the results of ${input.length} ${input.length === 1 ? "call" : "calls"} to the model (round ${plan.round}).`,
    );
  }
}

/** Everything before the first call: what goes to the model, the budget's leave, the conversation. */
async function open(exchange: Exchange, target: RunTarget): Promise<Opening> {
  const { run, session, source } = exchange;
  run.progress(
    "checking_budget",
    run.settings.stages.budget === undefined ? "No budget is set." : "Checking the budget.",
  );
  const input = await firstInput(run, session);
  const plan: CallPlan = { target, input, round: 0, carriedTokens: session.data.carriedTokens };
  const { handle, degradeTo } = await admit(run, plan, exchange.span);
  try {
    const final =
      degradeTo === undefined ? target : await degradedTarget(run, source, { from: target, model: degradeTo });
    run.target = final;
    run.progress("running", `Asking ${final.agent.agentName} (${final.agent.model}).`);
    const conversationId = await session.begin({
      fingerprint: final.home,
      userId: run.request.userId,
      signal: run.signal,
    });
    exchange.span.set({ conversationId });
    return { plan: { ...plan, target: final }, handle, conversationId };
  } catch (thrown) {
    await settleFailedCall(run, { plan, handle }, undefined);
    throw thrown;
  }
}

async function firstInput(run: RunScope, session: SessionHold): Promise<ModelInput> {
  const owed = await session.openCalls(run.signal);
  if (owed.length > 0)
    run.notice(
      "calls_closed",
      `An earlier run ended before ${owed.length} of the model's calls were answered; the model was told.`,
    );
  const seed = session.data.seed.map(({ role, text }) => ({ type: "message", role, content: text }));
  return userInput(run.request.query, run.request.parts, [...seed, ...owed]);
}

async function serve(run: RunScope, target: RunTarget, response: ModelResponse): Promise<readonly JsonObject[]> {
  const [outputs, approvals] = await Promise.all([
    callTools(run, target, response.functionCalls),
    decideApprovals(run, response.approvalRequests),
  ]);
  return [...outputs, ...approvals];
}
