import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, AgentRegistry, ScoreDelta } from "../../registry/contract/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import { BatchWriter } from "../batch-writer.ts";
import type { EvaluationMeasure } from "../stages.ts";

/** Name of the weighted mean among the scores. */
export const OVERALL = "overall";
/** Source of the scores of ordinary runs. */
export const RUNS = "runs";

const MAX_ENTRIES = 20_000;
const MILLION = 1_000_000;

/** What was measured of one answer. */
export interface ScoredAnswer {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  /** `runs`, or the name of the data set. */
  readonly source: string;
  readonly score: number | null;
  readonly measures: readonly EvaluationMeasure[];
}

/** Collects scores per revision for the registry of each run. */
export class ScoreBook {
  readonly #flushMs: number;
  readonly #writers = new Map<AgentRegistry, BatchWriter<ScoreDelta>>();

  constructor(flushMs: number) {
    this.#flushMs = flushMs;
  }

  record(host: { readonly registry: AgentRegistry; readonly runtime: Runtime }, answer: ScoredAnswer): void {
    const { key, fingerprint, source } = answer;
    const writer = this.#writer(host);
    for (const { name, score, error } of [
      ...answer.measures,
      { name: OVERALL, score: answer.score, error: undefined },
    ]) {
      const delta = scoreDelta(score, error !== undefined);
      if (delta !== undefined) writer.add({ key, fingerprint, source, evaluator: name, ...delta });
    }
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#writers.values()].map((writer) => writer.flush()));
  }

  #writer(host: { readonly registry: AgentRegistry; readonly runtime: Runtime }): BatchWriter<ScoreDelta> {
    const { registry, runtime } = host;
    let writer = this.#writers.get(registry);
    if (writer === undefined) {
      writer = new BatchWriter<ScoreDelta>({
        runtime,
        flushMs: this.#flushMs,
        maxEntries: MAX_ENTRIES,
        keyOf: ({ key, fingerprint, source, evaluator }) =>
          JSON.stringify([key.location, key.scope, key.name, fingerprint, source, evaluator]),
        merge: addScores,
        write: (batch) => registry.scores.add(batch),
      });
      this.#writers.set(registry, writer);
    }
    return writer;
  }
}

/** A measure that did not apply leaves no trace. */
function scoreDelta(
  score: number | null,
  failed: boolean,
): Omit<ScoreDelta, "key" | "fingerprint" | "source" | "evaluator"> | undefined {
  if (score === null) {
    return failed ? { count: 0, failed: 1, sumMicro: 0n, squareMicro: 0n, minMicro: MILLION, maxMicro: 0 } : undefined;
  }
  const micro = Math.round(score * MILLION);
  const squareMicro = BigInt(Math.round(score * score * MILLION));
  return { count: 1, failed: 0, sumMicro: BigInt(micro), squareMicro, minMicro: micro, maxMicro: micro };
}

function addScores(left: ScoreDelta, right: ScoreDelta): ScoreDelta {
  return {
    ...left,
    count: left.count + right.count,
    failed: left.failed + right.failed,
    sumMicro: left.sumMicro + right.sumMicro,
    squareMicro: left.squareMicro + right.squareMicro,
    minMicro: Math.min(left.minMicro, right.minMicro),
    maxMicro: Math.max(left.maxMicro, right.maxMicro),
  };
}
