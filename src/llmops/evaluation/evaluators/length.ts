import { TenureError } from "../../../errors/index.ts";
import { shown } from "../../../config/expectation.ts";
import type { Evaluator } from "../evaluator.ts";
import { countWords } from "../words.ts";

export interface LengthOptions {
  /** Default `length`. */
  readonly name?: string | undefined;
  /** Default `words`. */
  readonly unit?: "words" | "characters" | undefined;
  /** Default 0. */
  readonly min?: number | undefined;
  /** Default: none. */
  readonly max?: number | undefined;
}

/** 1 within the bounds; outside the part of the way to the nearer bound: half as long as asked gives 0.5, twice as long as allowed too. */
export function length(options: LengthOptions): Evaluator {
  const { name = "length", unit = "words", min = 0, max = Number.POSITIVE_INFINITY } = options;
  if (!(min >= 0) || !(max >= min) || max === 0 || (min === 0 && max === Number.POSITIVE_INFINITY)) {
    throw new TenureError(
      "invalid_option",
      `Expected \`min\` from 0 up, \`max\` not below it, and one of both, got ${shown(min)} and ${shown(max)}.`,
    );
  }
  return {
    name,
    limits: "Length says nothing about content.",
    evaluate({ answer }) {
      const size = unit === "words" ? countWords(answer) : [...answer].length;
      const score = size < min ? size / min : size > max ? max / size : 1;
      return { score, reason: `${size} ${unit}.` };
    },
  };
}
