import { picoToNumber } from "../../../registry/contract/index.ts";
import { addTokens, type TokenUsage } from "../../../services/contract/index.ts";
import type { WeightedEvaluator } from "../evaluator.ts";
import { type QualityLabel, qualityLabel } from "../quality-label.ts";
import type { JudgeTotal } from "./judge-account.ts";
import { compareScores, mean, type ScoreDifference } from "./comparison.ts";
import type { RowResult, Subject } from "./evaluate-dataset.ts";
import type { DatasetRow } from "./read-jsonl.ts";

/** How one subject did. */
export interface SubjectSummary {
  readonly name: string;
  /** Mean overall score over all questions; a question on which the subject failed counts 0, one without any measure not at all. */
  readonly score: number | null;
  readonly label: QualityLabel | undefined;
  readonly questions: number;
  /** Questions on which the subject itself failed. */
  readonly failures: number;
  readonly measures: readonly {
    readonly name: string;
    readonly mean: number | null;
    readonly count: number;
    readonly failures: number;
  }[];
  readonly meanDurationMs: number;
  /** Absent if no answer told. */
  readonly usage: TokenUsage | undefined;
}

/** Two subjects, question by question. */
export interface SubjectComparison {
  readonly left: string;
  readonly right: string;
  /** `right` minus `left`. */
  readonly difference: ScoreDifference;
  /** The one with the higher mean, if the 95 % interval of the difference leaves out 0; else nobody. */
  readonly better: string | undefined;
}

/** All that came out. */
export interface DatasetReport {
  readonly subjects: readonly SubjectSummary[];
  /** Every two subjects, in their order. */
  readonly comparisons: readonly SubjectComparison[];
  /** Highest mean; absent with one subject, or when two share it. Whether the lead is more than chance is told by `comparisons`. */
  readonly best: string | undefined;
  readonly threshold: number | undefined;
  /** Whether every subject's mean reaches the threshold. `true` without one. */
  readonly passed: boolean;
  /** What judges used, but those that count themselves; absent if none was asked. `costUsd` is `null` if a price is not known or nobody was to price. */
  readonly judged: { readonly usage: TokenUsage; readonly costUsd: number | null } | undefined;
  readonly results: readonly RowResult[];
}

interface SummariseParams {
  readonly subjects: readonly Subject[];
  readonly rows: readonly DatasetRow[];
  readonly results: readonly RowResult[];
  readonly evaluators: readonly WeightedEvaluator[];
  readonly threshold: number | undefined;
  readonly judged: JudgeTotal | undefined;
}

/** Puts the results of all questions together. */
export function summarise(params: SummariseParams): DatasetReport {
  const subjects = params.subjects.map((subject) => summariseSubject(subject.name, params));
  const ranked = [...subjects].sort((left, right) => (right.score ?? -1) - (left.score ?? -1));
  const [first, second] = ranked;
  const best = first?.score !== null && second !== undefined && first?.score !== second.score ? first?.name : undefined;
  const { threshold, judged } = params;
  return {
    subjects,
    comparisons: compareAll(params),
    best,
    threshold,
    passed: threshold === undefined || subjects.every(({ score }) => score !== null && score >= threshold - 1e-9),
    judged:
      judged === undefined
        ? undefined
        : { usage: judged.usage, costUsd: judged.costPico === null ? null : picoToNumber(judged.costPico) },
    results: params.results,
  };
}

function summariseSubject(name: string, params: SummariseParams): SubjectSummary {
  const own = params.results.filter(({ subject }) => subject === name);
  const score = mean(own.map(scoreOf));
  return {
    name,
    score,
    label: score === null ? undefined : qualityLabel(score),
    questions: own.length,
    failures: own.filter(({ error }) => error !== undefined).length,
    measures: params.evaluators.map(({ evaluator }) => {
      const measures = own.flatMap(
        ({ result }) => result?.measures.filter((measure) => measure.name === evaluator.name) ?? [],
      );
      const scores = measures.map((measure) => measure.score);
      return {
        name: evaluator.name,
        mean: mean(scores),
        count: scores.filter((value) => value !== null).length,
        failures: measures.filter(({ error }) => error !== undefined).length,
      };
    }),
    meanDurationMs: Math.round(mean(own.map(({ durationMs }) => durationMs)) ?? 0),
    usage: sumUsage(own),
  };
}

function compareAll(params: SummariseParams): readonly SubjectComparison[] {
  const names = params.subjects.map(({ name }) => name);
  const scores = new Map(
    params.results.map((result) => [JSON.stringify([result.subject, result.row.line]), scoreOf(result)]),
  );
  const of = (name: string, row: DatasetRow): number | null => scores.get(JSON.stringify([name, row.line])) ?? null;
  return names.flatMap((left, index) =>
    names.slice(index + 1).map((right) => {
      const difference = compareScores(params.rows.map((row) => [of(left, row), of(right, row)] as const));
      const better = difference.low > 0 ? right : difference.high < 0 ? left : undefined;
      return { left, right, difference, better };
    }),
  );
}

function scoreOf(result: RowResult): number | null {
  return result.error === undefined ? (result.result?.score ?? null) : 0;
}

function sumUsage(results: readonly RowResult[]): TokenUsage | undefined {
  return results.reduce<TokenUsage | undefined>((sum, { answer }) => {
    const usage = answer?.usage;
    return usage === undefined ? sum : sum === undefined ? usage : addTokens(sum, usage);
  }, undefined);
}
