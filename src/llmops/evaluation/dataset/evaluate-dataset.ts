import type { Fingerprint, JsonObject } from "../../../config/index.ts";
import { tell, TenureError, throwIfAborted } from "../../../errors/index.ts";
import type { AgentKey, AgentRegistry } from "../../../registry/contract/index.ts";
import { type Runtime, systemRuntime } from "../../../runtime/index.ts";
import type { TokenUsage } from "../../../services/contract/index.ts";
import { assertObject, numberWithin, refuseUnknown, wholeNumber } from "../../../config/option-checks.ts";
import type { EvaluationResult } from "../../stages.ts";
import { checkEvaluators } from "../answer-evaluation.ts";
import type { WeightedEvaluator } from "../evaluator.ts";
import { DEFAULT_MEASURES } from "../measures/index.ts";
import { runEvaluators } from "../run-evaluators.ts";
import { ScoreBook } from "../score-book.ts";
import { type DatasetJudging, JudgeAccount, type JudgeTotal } from "./judge-account.ts";
import type { DatasetRow } from "./read-jsonl.ts";
import { type DatasetReport, summarise } from "./summary.ts";

/** What a subject says to a question. */
export interface SubjectAnswer {
  readonly text: string;
  readonly usage?: TokenUsage | undefined;
  readonly output?: readonly JsonObject[] | undefined;
}

/** One of those that are compared: a revision of an agent, a model, any function. */
export interface Subject {
  /** Shown in the table; unique. */
  readonly name: string;
  answer(row: DatasetRow, options: { readonly signal: AbortSignal }): Promise<SubjectAnswer>;
  /** Where its scores are kept; nowhere if absent. */
  readonly revision?: { readonly key: AgentKey; readonly fingerprint: Fingerprint } | undefined;
}

/** One question put to one subject. */
export interface RowResult {
  readonly subject: string;
  readonly row: DatasetRow;
  /** Absent if the subject failed. */
  readonly answer: SubjectAnswer | undefined;
  readonly durationMs: number;
  /** `null` if the subject failed or nothing could be measured. */
  readonly result: EvaluationResult | null;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

export interface EvaluateDatasetOptions {
  /** `readJsonl(path)`, or rows from anywhere. */
  readonly rows: AsyncIterable<DatasetRow> | Iterable<DatasetRow>;
  /** 1 to 10. */
  readonly subjects: readonly Subject[];
  /** Default: the five measures. */
  readonly evaluators?: readonly WeightedEvaluator[] | undefined;
  /** Questions under way at the same time, 1 to 64. Default 4. */
  readonly concurrency?: number | undefined;
  /** For each evaluator, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Least mean overall score of every subject, 0 to 1. Default: none. */
  readonly threshold?: number | undefined;
  /** Keeps scores per revision in this registry under the name of the data set. */
  readonly record?: { readonly registry: AgentRegistry; readonly source: string } | undefined;
  /** Counts, prices and budgets what judges use, as it is for runs; a judge over its budget is not asked. Default: their tokens are only added up. */
  readonly judging?: DatasetJudging | undefined;
  readonly onProgress?:
    | ((progress: { readonly done: number; readonly total: number; readonly last: RowResult }) => void)
    | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly runtime?: Runtime | undefined;
}

const KNOWN = new Set([
  "rows",
  "subjects",
  "evaluators",
  "concurrency",
  "timeoutMs",
  "threshold",
  "record",
  "judging",
  "onProgress",
  "signal",
  "runtime",
] satisfies (keyof EvaluateDatasetOptions)[]);
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Puts every question to every subject, measures the answers and compares the subjects. All rows are read before the first question is put, so a broken
 * line costs nothing. A subject that fails on a question is noted there and scores 0 on it. Rejects with `invalid_data`, `invalid_option`, `aborted`, and with
 * the registry's error if the scores could not be kept: `details.report` is then the report, since its answers are paid.
 */
export async function evaluateDataset(options: EvaluateDatasetOptions): Promise<DatasetReport> {
  assertObject("options", options);
  refuseUnknown("options", options, KNOWN);
  const evaluators = checkEvaluators(options.evaluators ?? DEFAULT_MEASURES);
  const concurrency = wholeNumber("concurrency", options.concurrency ?? 4, { min: 1, max: 64 });
  if (options.threshold !== undefined) numberWithin("threshold", options.threshold, { min: 0, max: 1 });
  numberWithin("timeoutMs", options.timeoutMs, { min: 1, max: 3_600_000 });
  checkSubjects(options.subjects);
  const rows: readonly DatasetRow[] = await Array.fromAsync(options.rows);
  if (rows.length === 0) throw new TenureError("invalid_data", "The data set has no rows.");
  const bench = new Bench(options, evaluators);
  const tasks = rows.flatMap((row) => options.subjects.map((subject) => ({ row, subject })));
  const results = await bench.run(tasks, concurrency);
  const { subjects, threshold } = options;
  const report = summarise({ subjects, rows, results, evaluators, threshold, judged: bench.judged });
  try {
    await bench.flush();
  } catch (thrown) {
    const { code, message, hint } = TenureError.from(thrown);
    throw new TenureError(code, `The scores were not kept: ${message}`, { cause: thrown, hint, details: { report } });
  }
  return report;
}

interface Task {
  readonly row: DatasetRow;
  readonly subject: Subject;
}

class Bench {
  readonly #options: EvaluateDatasetOptions;
  readonly #evaluators: readonly WeightedEvaluator[];
  readonly #runtime: Runtime;
  readonly #judges: JudgeAccount;
  readonly #scores = new ScoreBook(1000);
  readonly #never = new AbortController().signal;

  constructor(options: EvaluateDatasetOptions, evaluators: readonly WeightedEvaluator[]) {
    this.#options = options;
    this.#evaluators = evaluators;
    this.#judges = new JudgeAccount(options.judging);
    this.#runtime = options.runtime ?? systemRuntime;
  }

  get judged(): JudgeTotal | undefined {
    return this.#judges.total;
  }

  async run(tasks: readonly Task[], concurrency: number): Promise<readonly RowResult[]> {
    const results: RowResult[] = [];
    const next = tasks.entries();
    let done = 0;
    const work = async (): Promise<void> => {
      for (const [index, task] of next) {
        throwIfAborted(this.#options.signal);
        const result = await this.#put(task);
        results[index] = result;
        done += 1;
        tell(this.#options.onProgress, { done, total: tasks.length, last: result });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return results;
  }

  flush(): Promise<void> {
    return this.#scores.flush();
  }

  async #put({ row, subject }: Task): Promise<RowResult> {
    const startedAt = this.#runtime.monotonic();
    const elapsedMs = (): number => Math.round(this.#runtime.monotonic() - startedAt);
    let answer: SubjectAnswer;
    try {
      answer = await subject.answer(row, { signal: this.#options.signal ?? this.#never });
    } catch (thrown) {
      throwIfAborted(this.#options.signal);
      const { code, message } = TenureError.from(thrown, "run_failed");
      return {
        subject: subject.name,
        row,
        answer: undefined,
        durationMs: elapsedMs(),
        result: null,
        error: { code, message },
      };
    }
    const durationMs = elapsedMs();
    const result = await this.#measure({ row, subject }, answer);
    const { record } = this.#options;
    if (record !== undefined && subject.revision !== undefined) {
      this.#scores.record(
        { registry: record.registry, runtime: this.#runtime },
        { ...subject.revision, source: record.source, ...result },
      );
    }
    return { subject: subject.name, row, answer, durationMs, result };
  }

  async #measure({ row, subject }: Task, answer: SubjectAnswer): Promise<EvaluationResult> {
    const { query, expected, expectedTopics, context } = row;
    const meter = this.#judges.meter(subject, row, this.#options.signal ?? this.#never);
    const result = await runEvaluators({
      evaluators: this.#evaluators,
      input: { query, expected, expectedTopics, context, answer: answer.text, output: answer.output ?? [] },
      meter,
      runtime: this.#runtime,
      timeoutMs: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal: this.#options.signal,
    });
    this.#judges.add(meter);
    return result;
  }
}

function checkSubjects(subjects: readonly Subject[]): void {
  const names = new Set(subjects.map(({ name }) => name));
  if (subjects.length >= 1 && subjects.length <= 10 && names.size === subjects.length) return;
  throw new TenureError(
    "invalid_option",
    `Expected 1 to 10 subjects with names of their own, got ${subjects.map(({ name }) => name).join(", ") || "none"}.`,
  );
}
