import type { TenureErrorCode } from "../errors/index.ts";
import type { BudgetBreach, EvaluationResult } from "../llmops/stages.ts";
import type { TokenUsage } from "../services/contract/index.ts";
import type { RunNotice } from "./run-events.ts";

/** Why a run failed: `TenureError.toJSON()`. */
export interface RunError {
  readonly code: TenureErrorCode;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  readonly retryable: boolean;
  /** HTTP status of the service's answer. */
  readonly status?: number | undefined;
  /** The service's id of the request, for its support. */
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** How an answer was judged. */
export interface EvaluationReport extends Omit<EvaluationResult, "judged"> {
  /** What judges used; absent if none was asked. It is counted and budgeted apart from the run. `costUsd` is `null` if a price is not known. */
  readonly judged?: { readonly usage: TokenUsage; readonly costUsd: number | null } | undefined;
}

/** What was measured. */
export interface RunMetrics {
  /** From the call of `run` to its result, waiting for other runs of the session included. */
  readonly durationMs: number;
  /** The service's own figures, summed over the model calls of the run. */
  readonly tokens: TokenUsage;
  /** How often the model was called: 1, and one more for each round of tools. */
  readonly modelCalls: number;
  /** `null`: not known, because a model has no price (`notices` has `price_unknown` the first time) or a call was made whose answer never came. Absent without a cost stage, or if nothing was used. */
  readonly costUsd?: number | null | undefined;
  /** Absent without an evaluation stage, when not sampled, when it failed, or when it comes after the response. */
  readonly evaluation?: EvaluationReport | undefined;
  /** The evaluation's label: `Excellent`, `Good`, … */
  readonly qualityLabel?: string | undefined;
  readonly sessionId: string;
  readonly userId?: string | undefined;
}

/** A budget that a run ran into. */
export interface BudgetReport extends Omit<BudgetBreach, "resetAt"> {
  /** When the window starts anew, ISO 8601; absent for windows that do not. */
  readonly resetAt?: string | undefined;
}

/** What every response says. */
export interface CommonResponse {
  readonly requestId: string;
  readonly agentName: string;
  readonly query: string;
  /** Whether the agent was there already; `false` if this run made or changed it, or never got that far. */
  readonly agentReused: boolean;
  /** When the run ended, ISO 8601. */
  readonly timestamp: string;
  readonly metrics: RunMetrics;
  /** What the run did on its own. */
  readonly notices: readonly RunNotice[];
  /** The budget that stopped the run, made it use a cheaper model or is passed with a warning. */
  readonly budget?: BudgetReport | undefined;
}

/** A run that gave an answer. */
export interface AgentSuccess<Parsed = unknown> extends CommonResponse {
  readonly success: true;
  /** The answer's text. */
  readonly response: string;
  /** The answer as the response format's schema gives it; `undefined` for text. */
  readonly parsed: Parsed;
  /** Set when the model declined to answer; `response` is the same text then. */
  readonly refusal?: string | undefined;
  readonly error?: undefined;
  readonly budgetExceeded: false;
  readonly partialResponse?: undefined;
}

/** A run that gave none. */
export interface AgentFailure extends CommonResponse {
  readonly success: false;
  readonly response?: undefined;
  readonly parsed?: undefined;
  readonly refusal?: undefined;
  readonly error: RunError;
  /** Whether a budget stopped it; `budget` says which. */
  readonly budgetExceeded: boolean;
  /** Text that came before an answer was cut off. Not to be taken for an answer. */
  readonly partialResponse?: string | undefined;
}

/** What a run came to, as plain data: `JSON.stringify` takes it, unless a schema of the caller's makes something else of `parsed`. `response` or `error` is there, by `success`. */
export type AgentResponse<Parsed = unknown> = AgentSuccess<Parsed> | AgentFailure;
