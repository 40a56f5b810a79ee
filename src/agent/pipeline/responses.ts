import type { TenureError } from "../../errors/index.ts";
import type { BudgetBreach, EvaluationResult } from "../../llmops/stages.ts";
import { picoToNumber } from "../../registry/contract/index.ts";
import type { ModelResponse } from "../../services/contract/index.ts";
import type {
  AgentFailure,
  AgentSuccess,
  BudgetReport,
  CommonResponse,
  EvaluationReport,
  RunError,
  RunMetrics,
} from "../agent-response.ts";
import type { RunScope } from "./run-scope.ts";

/** The response of a run that gave an answer. */
export function successResponse(run: RunScope, response: ModelResponse, parsed: unknown): AgentSuccess {
  const { refusal } = response;
  return {
    success: true,
    response: response.text === "" ? (refusal ?? "") : response.text,
    parsed,
    ...(refusal === undefined ? {} : { refusal }),
    budgetExceeded: false,
    ...common(run),
  };
}

/** The response of a run that gave none. */
export function failureResponse(run: RunScope, error: TenureError): AgentFailure {
  const { budgetExceeded, text } = run.tally;
  return {
    success: false,
    error: errorOf(error),
    budgetExceeded,
    ...(text === "" ? {} : { partialResponse: text }),
    ...common(run),
  };
}

function errorOf(error: TenureError): RunError {
  const { code, message, hint, retryable, status, requestId, retryAfterMs, details } = error;
  return {
    code,
    message,
    hint,
    retryable,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

function common(run: RunScope): CommonResponse {
  const { tally, settings, request } = run;
  return {
    requestId: run.requestId,
    agentName: settings.agentName,
    query: request.query,
    agentReused: tally.agentReused,
    timestamp: new Date(settings.manager.runtime.now()).toISOString(),
    metrics: metricsOf(run),
    notices: [...tally.notices],
    ...(tally.breach === undefined ? {} : { budget: reportOf(tally.breach) }),
  };
}

function metricsOf(run: RunScope): RunMetrics {
  const { tokens, modelCalls, costPico, evaluation } = run.tally;
  const label = evaluation?.label;
  return {
    durationMs: run.durationMs,
    tokens,
    modelCalls,
    ...(costPico === undefined ? {} : { costUsd: dollars(costPico) }),
    ...(evaluation === undefined ? {} : { evaluation: evaluationOf(evaluation) }),
    ...(label === undefined ? {} : { qualityLabel: label }),
    sessionId: run.settings.sessionId,
    ...(run.request.userId === undefined ? {} : { userId: run.request.userId }),
  };
}

/** Amounts as numbers: JSON has no bigint. */
function evaluationOf({ judged, ...result }: EvaluationResult): EvaluationReport {
  if (judged === undefined) return result;
  return { ...result, judged: { usage: judged.usage, costUsd: dollars(judged.costPico) } };
}

function dollars(costPico: bigint | null): number | null {
  return costPico === null ? null : picoToNumber(costPico);
}

function reportOf({ resetAt, ...breach }: BudgetBreach): BudgetReport {
  return resetAt === undefined ? breach : { ...breach, resetAt: new Date(resetAt).toISOString() };
}
