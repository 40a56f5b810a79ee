import { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import { shown } from "../../config/expectation.ts";
import type { EvaluationMeasure, EvaluationResult } from "../stages.ts";
import type { EvaluationInput, EvaluatorScore, ModelMeter, WeightedEvaluator } from "./evaluator.ts";
import { qualityLabel } from "./quality-label.ts";

export interface RunEvaluatorsParams {
  readonly evaluators: readonly WeightedEvaluator[];
  readonly input: EvaluationInput;
  readonly meter: ModelMeter;
  readonly runtime: Runtime;
  /** For each evaluator. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks every evaluator at once. One that throws, hangs or gives no number from 0 to 1 has `error` set and no part in the overall score, which is
 * the mean of the others by weight; so is one that does not apply. Never rejects.
 */
export async function runEvaluators(params: RunEvaluatorsParams): Promise<EvaluationResult> {
  const measures = await Promise.all(params.evaluators.map((weighted) => measure(weighted, params)));
  const score = overall(measures);
  return { score, label: score === null ? undefined : qualityLabel(score), measures };
}

/** The mean by weight of the measures that have a score; `null` without any. */
export function overall(measures: readonly Pick<EvaluationMeasure, "score" | "weight">[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const { score, weight } of measures) {
    if (score === null) continue;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? null : sum / weights;
}

async function measure(weighted: WeightedEvaluator, params: RunEvaluatorsParams): Promise<EvaluationMeasure> {
  const { evaluator, weight } = weighted;
  try {
    const { score, reason } = check(evaluator.name, await withinTime(weighted, params));
    return { name: evaluator.name, score, weight, ...(reason === undefined ? {} : { reason }) };
  } catch (thrown) {
    const { code, message } = TenureError.from(thrown, "evaluator_failed");
    return { name: evaluator.name, score: null, weight, error: { code, message } };
  }
}

/** The evaluator may ignore its signal, so its time is over also when it does not say so. */
async function withinTime(weighted: WeightedEvaluator, params: RunEvaluatorsParams): Promise<EvaluatorScore> {
  const { evaluator } = weighted;
  const over = new AbortController();
  const stop = (): void => over.abort(params.signal?.reason);
  const timer = params.runtime.setTimer(params.timeoutMs, () => {
    over.abort(
      new TenureError(
        "evaluator_failed",
        `The evaluator ${evaluator.name} gave nothing within ${params.timeoutMs} ms.`,
      ),
    );
  });
  params.signal?.addEventListener("abort", stop, { once: true });
  if (params.signal?.aborted === true) stop();
  try {
    const ended = new Promise<never>((_, reject) => {
      over.signal.addEventListener("abort", () => reject(over.signal.reason), { once: true });
    });
    ended.catch(() => undefined);
    over.signal.throwIfAborted();
    const work = Promise.resolve(evaluator.evaluate(params.input, { signal: over.signal, meter: params.meter }));
    return await Promise.race([work, ended]);
  } finally {
    timer.cancel();
    params.signal?.removeEventListener("abort", stop);
  }
}

function check(name: string, found: unknown): EvaluatorScore {
  const score = typeof found === "object" && found !== null && "score" in found ? found.score : found;
  const isNumber = typeof score === "number" && score >= 0 && score <= 1;
  if (!isNumber && score !== null) {
    throw new TenureError(
      "evaluator_failed",
      `Expected the evaluator ${name} to give a score from 0 to 1, got ${shown(score)}.`,
    );
  }
  const reason = typeof found === "object" && found !== null && "reason" in found ? found.reason : undefined;
  return { score, reason: typeof reason === "string" ? reason : undefined };
}
