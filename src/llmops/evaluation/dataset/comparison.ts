/** How far two lists of scores are apart, pair by pair. */
export interface ScoreDifference {
  /** Mean of right minus left. 0 without pairs. */
  readonly mean: number;
  /** 95 % interval of the mean; -1 and 1 when there are fewer than two pairs. */
  readonly low: number;
  readonly high: number;
  /** Pairs in which both have a score. */
  readonly pairs: number;
  /** Pairs that right wins, and that left wins. */
  readonly wins: number;
  readonly losses: number;
}

// Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom; beyond that the normal's is near enough.
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL_95 = 1.96;

/** The mean of what is not `null`; `null` if nothing is left. */
export function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** A paired comparison: the same question to both takes the questions' own difficulty out. */
export function compareScores(
  pairs: readonly (readonly [left: number | null, right: number | null])[],
): ScoreDifference {
  const differences = pairs.flatMap(([left, right]) => (left === null || right === null ? [] : [right - left]));
  const center = mean(differences) ?? 0;
  const wins = differences.filter((difference) => difference > 0).length;
  const losses = differences.filter((difference) => difference < 0).length;
  const count = differences.length;
  if (count < 2) return { mean: center, low: -1, high: 1, pairs: count, wins, losses };
  const variance = differences.reduce((sum, difference) => sum + (difference - center) ** 2, 0) / (count - 1);
  const reach = (T_95[count - 2] ?? NORMAL_95) * Math.sqrt(variance / count);
  return { mean: center, low: center - reach, high: center + reach, pairs: count, wins, losses };
}
