import { abortedError, TenureError, throwIfAborted } from "../../errors/index.ts";
import type { AgentResponse } from "../agent-response.ts";
import { parseOutput } from "../output/parse-output.ts";
import { inOwnOrder } from "../sessions/own-order.ts";
import { SessionHold } from "../sessions/session-hold.ts";
import type { AgentSource } from "./agent-source.ts";
import { askAndRepair } from "./ask-and-repair.ts";
import type { Exchange } from "./converse.ts";
import { evaluate, type LaterEvaluation } from "./evaluate.ts";
import { failureResponse, successResponse } from "./responses.ts";
import type { RunScope, RunTarget } from "./run-scope.ts";
import { checkUser, chooseTarget, waitLimits } from "./target.ts";
import { traced } from "./traced.ts";

/** What a run needs beside itself. */
export interface RunParts {
  readonly source: AgentSource;
  readonly later: LaterEvaluation;
}

/** One run from the first step to its response. Never rejects: what fails is in the response. */
export async function performRun(run: RunScope, parts: RunParts): Promise<AgentResponse> {
  try {
    throwIfAborted(run.signal);
    run.progress("initializing", `Preparing ${run.settings.agentName}.`);
    return await inOwnOrder(run.settings, run.signal, (sharedName) => holdSession(run, parts, sharedName));
  } catch (thrown) {
    const error = failureOfRun(run, thrown);
    run.progress("error", error.message);
    return failureResponse(run, error);
  }
}

/** A run that was cut off fails for that reason, however the call beneath words it. */
function failureOfRun(run: RunScope, thrown: unknown): TenureError {
  const error = TenureError.from(thrown);
  const isAftermath =
    error.code === "aborted" ||
    error.code === "internal" ||
    error.code === "service_unavailable" ||
    error.code === "timeout";
  return run.signal.aborted && isAftermath ? abortedError(run.signal) : error;
}

async function holdSession(run: RunScope, parts: RunParts, sharedName: string | undefined): Promise<AgentResponse> {
  const { manager, agentName, sessionId, sessionWaitMs } = run.settings;
  // An agent of its own has a name of its own, which only its making gives.
  const own = sharedName === undefined ? await parts.source.resolve(undefined, waitLimits(run)) : undefined;
  await using session = await SessionHold.open({
    manager,
    key: manager.keyOf(own?.agentName ?? agentName),
    sessionId,
    waitMs: sessionWaitMs,
    signal: run.signal,
    onLost: (error) => run.deadline.abort(error),
  });
  checkUser(run, session);
  const target = await chooseTarget(run, parts.source, session, own);
  const start = { kind: "invoke_agent", context: target.context, conversationId: session.conversationId } as const;
  return await traced(run.settings.stages.telemetry, start, (span) =>
    invoke({ run, source: parts.source, session, span }, target, parts.later),
  );
}

/** The part of a run that is about its agent: whatever it comes to is counted. */
async function invoke(exchange: Exchange, target: RunTarget, later: RunParts["later"]): Promise<AgentResponse> {
  const { run, session, span } = exchange;
  let failed = true;
  try {
    const response = await askAndRepair(exchange, target);
    await settle(run, session, true);
    const parsed = await parseOutput(run.settings.config.responseFormat, response);
    await evaluate(exchange, { response, parsed, later });
    failed = false;
    run.progress("completed", `Done after ${run.durationMs} ms.`);
    return successResponse(run, response, parsed);
  } catch (thrown) {
    await settle(run, session, false);
    throw thrown;
  } finally {
    span.set({ usage: run.tally.tokens, costPico: run.tally.costPico });
    account(run, failed);
  }
}

/** Notes in the session how the run has ended. A session that stays marked as unsettled is put right by its next run, so a failure here fails nothing. */
async function settle(run: RunScope, session: SessionHold, answered: boolean): Promise<void> {
  const { modelCalls, carriedTokens, responseIds } = run.tally;
  if (modelCalls === 0) return;
  try {
    await session.settle({ carriedTokens, seed: [], ...(answered ? { unsettled: false } : {}) }, responseIds);
  } catch {
    // See above.
  }
}

function account(run: RunScope, failed: boolean): void {
  const { target, tally, settings } = run;
  if (target === undefined) return;
  const { tokens, costPico, modelCalls, unseenCalls } = tally;
  const hasUsed = modelCalls + unseenCalls > 0;
  const usage = hasUsed ? { usage: tokens } : {};
  settings.manager.recordRun(target.agent, { failed, ...usage, ...(typeof costPico === "bigint" ? { costPico } : {}) });
  if (hasUsed)
    settings.stages.costs?.record({ context: target.context, usage: tokens, costPico: costPico ?? null, failed });
}
