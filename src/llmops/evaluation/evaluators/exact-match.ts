import { TenureError } from "../../../errors/index.ts";
import type { Evaluator } from "../evaluator.ts";

export interface ExactMatchOptions {
  /** Default `exact_match`. */
  readonly name?: string | undefined;
  /** The text to match. Default: the expected answer of the data set. */
  readonly expected?: string | undefined;
  /** Whether case and runs of white space count. Default `false`. */
  readonly strict?: boolean | undefined;
}

/** 1 if the answer is the expected text, else 0. */
export function exactMatch(options: ExactMatchOptions = {}): Evaluator {
  const { name = "exact_match", strict = false } = options;
  const plain = (text: string): string =>
    strict ? text : text.normalize("NFC").trim().replaceAll(/\s+/gu, " ").toLowerCase();
  return {
    name,
    limits: "Another wording of the right answer scores 0.",
    evaluate(input) {
      const expected = options.expected ?? input.expected;
      if (expected === undefined) return { score: null, reason: "No answer was expected." };
      return { score: plain(input.answer) === plain(expected) ? 1 : 0 };
    },
  };
}

export interface PatternOptions {
  /** Default `pattern`. */
  readonly name?: string | undefined;
  /** Whether the answer must not match. Default `false`. */
  readonly negate?: boolean | undefined;
}

/** 1 if the answer matches the regular expression, else 0. A pattern that backtracks without end blocks the process: keep it simple. */
export function pattern(expression: RegExp, options: PatternOptions = {}): Evaluator {
  const { name = "pattern", negate = false } = options;
  if (!(expression instanceof RegExp))
    throw new TenureError("invalid_option", "Expected `expression` to be a regular expression.");
  // A global or sticky expression remembers where it stopped: the same answer would match every other time.
  const stateless = new RegExp(expression.source, expression.flags.replaceAll(/[gy]/g, ""));
  return {
    name,
    limits: `Sees only whether ${String(expression)} is there.`,
    evaluate: ({ answer }) => ({ score: stateless.test(answer) === negate ? 0 : 1 }),
  };
}
