import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, AgentRegistry, ScoreDelta } from "../../registry/contract/index.ts";
import { addScoreCounters } from "../../registry/rules/index.ts";
import { BatchWriter, type BatchWriterOptions } from "../batch-writer.ts";
import { type QueueHost, RegistryQueues } from "../registry-queues.ts";
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
  readonly #scores: RegistryQueues<BatchWriter<ScoreDelta>>;

  constructor(flushMs: number) {
    this.#scores = new RegistryQueues(({ registry, runtime }, events) => {
      const write: BatchWriterOptions<ScoreDelta>["write"] = (batch) => registry.scores.add(batch);
      return new BatchWriter({
        runtime,
        events,
        flushMs,
        maxEntries: MAX_ENTRIES,
        keyOf: scoreKey,
        merge: addScores,
        write,
      });
    });
  }

  record(host: QueueHost, answer: ScoredAnswer): void {
    const { key, fingerprint, source } = answer;
    const writer = this.#scores.of(host);
    for (const { name, score, error } of [
      ...answer.measures,
      { name: OVERALL, score: answer.score, error: undefined },
    ]) {
      const delta = scoreDelta(score, error !== undefined);
      if (delta !== undefined) writer.add({ key, fingerprint, source, evaluator: name, ...delta });
    }
  }

  /** Scores that were never written: their registry was closed before, or out of reach for too long. */
  get dropped(): number {
    return this.#scores.dropped;
  }

  /** Writes what waits for one registry, or for all. */
  flush(registry?: AgentRegistry): Promise<void> {
    return this.#scores.flush(registry);
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
  return { ...left, ...addScoreCounters(left, right) };
}

function scoreKey({ key, fingerprint, source, evaluator }: ScoreDelta): string {
  return JSON.stringify([key.location, key.scope, key.name, fingerprint, source, evaluator]);
}
