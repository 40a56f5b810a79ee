import { TenureError } from "../../errors/index.ts";
import type { EvaluatedAnswer, EvaluationResult, EvaluationStage, RunContext } from "../../llmops/stages.ts";
import type { ModelResponse } from "../../services/contract/index.ts";
import type { Exchange } from "./converse.ts";
import { untilAborted } from "./until-aborted.ts";

/** An answer that is to be judged. */
export interface Judged {
  readonly response: ModelResponse;
  readonly parsed: unknown;
  /** Takes an evaluation that goes on after the response. */
  readonly later: LaterEvaluation;
}

/** Told of an evaluation that was not waited for. It never rejects; `undefined`: not sampled, or failed. */
export type LaterEvaluation = (work: Promise<EvaluationResult | undefined>) => void;

/** Has the answer judged, before or after it is returned. An evaluation that fails, or takes longer than the run may, never fails the run. */
export async function evaluate(exchange: Exchange, { response, parsed, later }: Judged): Promise<void> {
  const { run } = exchange;
  const { evaluation } = run.settings.stages;
  run.progress("evaluating", evaluation === undefined ? "No evaluation is set." : "Evaluating the answer.");
  if (evaluation === undefined || run.target === undefined || response.refusal !== undefined) return;
  const answer = {
    text: response.text,
    parsed,
    durationMs: run.durationMs,
    usage: run.tally.tokens,
    output: response.output,
  };
  const work = judge(exchange, { evaluation, context: run.target.context, answer });
  if (evaluation.mode === "after") {
    later(work);
    return;
  }
  try {
    run.tally.evaluation = await untilAborted(work, run.signal);
  } catch (thrown) {
    run.notice("evaluation_failed", `The answer was not evaluated in time: ${TenureError.from(thrown).message}`);
  }
}

interface Evaluation {
  readonly evaluation: EvaluationStage;
  readonly context: RunContext;
  readonly answer: EvaluatedAnswer;
}

async function judge(
  { run, span }: Exchange,
  { evaluation, context, answer }: Evaluation,
): Promise<EvaluationResult | undefined> {
  try {
    const result = await evaluation.evaluate(context, answer);
    if (result !== undefined) span.note({ type: "evaluation", result });
    return result;
  } catch (thrown) {
    const error = TenureError.from(thrown, "evaluator_failed");
    span.note({ type: "evaluation_failed", error });
    run.notice("evaluation_failed", `The answer could not be evaluated: ${error.message}`);
    return undefined;
  }
}
