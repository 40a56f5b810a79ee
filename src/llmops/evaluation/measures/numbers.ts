import type { Evaluator } from "../evaluator.ts";

const ENOUGH = 3;

// What holds digits and says nothing in figures: addresses, reference marks, list markers, code names such as GPT-4 or H100, dates, bare years.
const NO_FIGURES: readonly RegExp[] = [
  /https?:\/\/\S+/giu,
  /\[\^?\d{1,3}\]|【[^】]*】/gu,
  /^\s*(?:#+\s*)?\d{1,3}[.)]\s/gmu,
  /(?<![\p{L}\p{N}])\p{L}[\p{L}\p{N}]*-?\d[\p{L}\p{N}.-]*/gu,
  /\b\d{4}-\d{2}(?:-\d{2})?\b/gu,
  /(?<![\d$€£¥.,])(?:1[5-9]|20)\d{2}(?![\d.,]*\d|\s?%)(?:s\b)?/gu,
];

const FIGURE =
  /(?<![\p{L}\p{N}])[-+−]?[$€£¥]?\d(?:[\d,.\u00A0]*\d)?\s?(?:%|[kKmMbBx]\b|bn\b|percent\b|million\b|billion\b|trillion\b)?/gu;

/** How many different figures the answer gives: three or more give 1. */
export const numbers: Evaluator = {
  name: "numbers",
  limits:
    "Counts figures, not whether they are right. Years, dates, list numbers and digits in names are left out; a quantity that looks like a year (2000 units) is too.",
  evaluate({ answer }) {
    const text = NO_FIGURES.reduce((rest, pattern) => rest.replaceAll(pattern, " "), answer);
    const found = new Set(
      [...text.matchAll(FIGURE)].map(([figure]) => figure.replaceAll(/[\s.,]+$/gu, "").toLowerCase()),
    );
    return { score: Math.min(1, found.size / ENOUGH), reason: `${found.size} different figures.` };
  },
};
