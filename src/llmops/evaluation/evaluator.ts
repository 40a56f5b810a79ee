import type { JsonObject } from "../../config/index.ts";
import type { TokenUsage } from "../../services/contract/index.ts";

/** What an evaluator looks at. Members that are not known are absent; an evaluator that needs one gives `score: null` without it. */
export interface EvaluationInput {
  readonly query: string;
  /** The answer. */
  readonly answer: string;
  /** The answer as the response format's schema gives it. */
  readonly parsed?: unknown;
  readonly expectedTopics: readonly string[];
  /** The answer that was hoped for. */
  readonly expected?: string | undefined;
  /** What the answer should rest on. */
  readonly context?: string | undefined;
  /** The service's output items: citations are annotations there. */
  readonly output: readonly JsonObject[];
}

/** What an evaluator found. */
export interface EvaluatorScore {
  /** 0 (bad) to 1 (good); `null`: this measure does not apply to this answer. */
  readonly score: number | null;
  readonly reason?: string | undefined;
}

/** A model call on behalf of an evaluator. */
export interface MeteredCall<Value> {
  /** Name of the deployment or model. */
  readonly model: string;
  /** All text that is sent, for the estimate. */
  readonly inputText: string;
  readonly maxOutputTokens: number;
  readonly timeoutMs: number;
  readonly run: () => Promise<{
    readonly value: Value;
    readonly usage: TokenUsage | undefined;
    readonly reportedModel?: string | undefined;
  }>;
}

/** Counts, prices and budgets model calls of evaluators. Rejects with `budget_exceeded` instead of making a call that a budget forbids. */
export interface ModelMeter {
  call<Value>(call: MeteredCall<Value>): Promise<Value>;
}

export interface EvaluatorContext {
  /** Fires when the evaluator's time is over. */
  readonly signal: AbortSignal;
  readonly meter: ModelMeter;
}

/**
 * One named measure of an answer. It may throw, hang or return nonsense: the runner notes `evaluator_failed` and goes on (a failing
 * evaluator never fails the run).
 */
export interface Evaluator {
  /** 1 to 64 characters, unique in its set; becomes part of the registry's scores. */
  readonly name: string;
  /** What it cannot see, in a sentence: shown in the docs and in `tenure evaluate --list`. */
  readonly limits: string;
  evaluate(input: EvaluationInput, context: EvaluatorContext): EvaluatorScore | Promise<EvaluatorScore>;
}

/** An evaluator and how much it counts in the overall score. */
export interface WeightedEvaluator {
  readonly evaluator: Evaluator;
  /** Above 0; weights need not add up to 1. */
  readonly weight: number;
}
