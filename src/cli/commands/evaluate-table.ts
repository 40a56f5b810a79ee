import type { DatasetReport, SubjectComparison } from "../../llmops/index.ts";
import { formatTable } from "../table.ts";

/** The report for people: one row for each revision, then who is better. */
export function evaluationText(report: DatasetReport): string {
  const measures = report.subjects[0]?.measures.map(({ name }) => name) ?? [];
  const heading = [
    "REVISION",
    "SCORE",
    "LABEL",
    ...measures.map((name) => name.toUpperCase().replaceAll("_", " ")),
    "FAILED",
    "MS",
    "TOKENS",
  ];
  const rows = report.subjects.map((subject) => [
    subject.name,
    show(subject.score),
    subject.label ?? "",
    ...subject.measures.map(({ mean, failures }) => `${show(mean)}${failures === 0 ? "" : ` (${failures} failed)`}`),
    `${subject.failures} of ${subject.questions}`,
    String(subject.meanDurationMs),
    String(subject.usage?.totalTokens ?? ""),
  ]);
  return [formatTable(heading, rows), ...report.comparisons.map(comparisonText), ...failuresOf(report)].join("\n");
}

function comparisonText({ left, right, difference, better }: SubjectComparison): string {
  const { mean, low, high, wins, losses, pairs } = difference;
  const sign = (value: number): string => `${value < 0 ? "" : "+"}${value.toFixed(3)}`;
  const verdict = better === undefined ? "no difference beyond chance" : `${better} is better`;
  return `${right} against ${left}: ${sign(mean)} (95 % from ${sign(low)} to ${sign(high)}), better on ${wins} and worse on ${losses} of ${pairs}: ${verdict}`;
}

/** The first few: a person looks at these, a program reads the JSON. */
function failuresOf(report: DatasetReport): readonly string[] {
  return report.results
    .filter(({ error }) => error !== undefined)
    .slice(0, 5)
    .map(({ subject, row, error }) => `${subject} failed on line ${row.line}: ${error?.message ?? ""}`);
}

function show(score: number | null): string {
  return score === null ? "-" : score.toFixed(3);
}
