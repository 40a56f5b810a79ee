import type { AgentRegistry } from "../../registry/contract/index.ts";
import type { CostMeter } from "../cost/cost-meter.ts";
import {
  assertObject,
  numberWithin,
  objectWith,
  refuseUnknown,
  wordOption,
  wrongOption,
} from "../../config/option-checks.ts";
import type { BudgetStage, EvaluatedAnswer, EvaluationResult, EvaluationStage, RunContext } from "../stages.ts";
import type { EvaluationInput, WeightedEvaluator } from "./evaluator.ts";
import { JudgeMeter } from "./judge-meter.ts";
import { DEFAULT_MEASURES } from "./measures/index.ts";
import { runEvaluators } from "./run-evaluators.ts";
import { OVERALL, RUNS, ScoreBook } from "./score-book.ts";

/** How answers of runs are evaluated. */
export interface EvaluationOptions {
  /** Default: the five measures of `DEFAULT_MEASURES`. 1 to 50, with names of their own. */
  readonly evaluators?: readonly WeightedEvaluator[] | undefined;
  /** Part of the runs that is evaluated, 0 to 1. Default 1. */
  readonly sampleRate?: number | undefined;
  /** `inline`: the response waits for the result; `after`: it does not, and the scores are in the registry later. Default `inline`. */
  readonly mode?: "inline" | "after" | undefined;
  /** How long each evaluator may take, in milliseconds. 1 to 3,600,000, default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Most time that scores stay in memory, in milliseconds. Default 1000. */
  readonly flushMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_FLUSH_MS = 1000;
const MAX_EVALUATORS = 50;
const KNOWN = new Set([
  "evaluators",
  "sampleRate",
  "mode",
  "timeoutMs",
  "flushMs",
] satisfies (keyof EvaluationOptions)[]);

/** Evaluates answers and keeps their scores per revision in the registry. */
export class AnswerEvaluation implements EvaluationStage {
  readonly mode: "inline" | "after";
  readonly #evaluators: readonly WeightedEvaluator[];
  readonly #sampleRate: number;
  readonly #timeoutMs: number;
  readonly #scores: ScoreBook;
  readonly #parts: { readonly budget: BudgetStage | undefined; readonly costs: CostMeter | undefined };

  /** `parts` count and budget what judges use. Rejects wrong options with `invalid_option`. */
  constructor(
    options: EvaluationOptions = {},
    parts: { readonly budget?: BudgetStage | undefined; readonly costs?: CostMeter | undefined } = {},
  ) {
    assertObject("evaluation", options);
    refuseUnknown("evaluation", options, KNOWN);
    const time = { min: 1, max: 3_600_000 };
    this.#evaluators = checkEvaluators(options.evaluators ?? DEFAULT_MEASURES);
    this.#sampleRate = numberWithin("evaluation.sampleRate", options.sampleRate, { min: 0, max: 1 }) ?? 1;
    this.#timeoutMs = numberWithin("evaluation.timeoutMs", options.timeoutMs, time) ?? DEFAULT_TIMEOUT_MS;
    this.#scores = new ScoreBook(numberWithin("evaluation.flushMs", options.flushMs, time) ?? DEFAULT_FLUSH_MS);
    this.#parts = { budget: parts.budget, costs: parts.costs };
    this.mode = wordOption("evaluation.mode", options.mode, ["inline", "after"]) ?? "inline";
  }

  async evaluate(context: RunContext, answer: EvaluatedAnswer): Promise<EvaluationResult | undefined> {
    const { runtime } = context.host;
    if (this.#sampleRate < 1 && runtime.random() >= this.#sampleRate) return undefined;
    const meter = new JudgeMeter(context, this.#parts);
    const result = await runEvaluators({
      evaluators: this.#evaluators,
      input: inputOf(context, answer),
      meter,
      runtime,
      timeoutMs: this.#timeoutMs,
      // The run's own time ends with its answer: what comes after has only the evaluators' time.
      signal: this.mode === "inline" ? context.signal : undefined,
    });
    this.#scores.record(context.host, { key: context.key, fingerprint: context.fingerprint, source: RUNS, ...result });
    return meter.judged === undefined ? result : { ...result, judged: meter.judged };
  }

  /** Scores that were never written: their registry was closed before, or out of reach for too long. */
  get dropped(): number {
    return this.#scores.dropped;
  }

  flush(registry?: AgentRegistry): Promise<void> {
    return this.#scores.flush(registry);
  }
}

/** Rejects a list that is empty, too long or has two of one name, what is no evaluator, and weights that are not above 0. */
export function checkEvaluators(evaluators: readonly WeightedEvaluator[]): readonly WeightedEvaluator[] {
  if (!Array.isArray(evaluators) || evaluators.length === 0 || evaluators.length > MAX_EVALUATORS) {
    throw wrongOption("evaluators", `a list of 1 to ${MAX_EVALUATORS}`, evaluators);
  }
  const names = new Set<string>();
  for (const [index, weighted] of (evaluators as readonly WeightedEvaluator[]).entries()) {
    const path = `evaluators[${index}]`;
    assertObject(path, weighted);
    const { evaluator, weight } = weighted;
    objectWith(`${path}.evaluator`, evaluator ?? null, "evaluate");
    if (!/^[\w.-]{1,64}$/.test(evaluator.name) || evaluator.name === OVERALL || names.has(evaluator.name)) {
      throw wrongOption(
        `${path}.evaluator.name`,
        "a name of its own of 1 to 64 letters, digits, _ . or -",
        evaluator.name,
      );
    }
    names.add(evaluator.name);
    if (!(Number.isFinite(weight) && weight > 0)) throw wrongOption(`${path}.weight`, "a number above 0", weight);
  }
  return evaluators;
}

function inputOf(context: RunContext, answer: EvaluatedAnswer): EvaluationInput {
  return {
    query: context.query,
    answer: answer.text,
    parsed: answer.parsed,
    expectedTopics: context.expectedTopics,
    output: answer.output,
  };
}
