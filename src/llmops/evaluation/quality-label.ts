/** The label of an overall score, from 0 to 1. */
export type QualityLabel = "Excellent" | "Good" | "Fair" | "Needs Improvement";

const STEPS: readonly (readonly [from: number, label: QualityLabel])[] = [
  [0.8, "Excellent"],
  [0.6, "Good"],
  [0.4, "Fair"],
];

// Weighted means of tenths come out a hair beneath their step: 0.35 * 1 + 0.25 * 1 + 0.2 * 1 is 0.7999999999999999.
const HAIR = 1e-9;

/** Excellent from 0.8, Good from 0.6, Fair from 0.4, Needs Improvement below. */
export function qualityLabel(score: number): QualityLabel {
  return STEPS.find(([from]) => score >= from - HAIR)?.[1] ?? "Needs Improvement";
}
