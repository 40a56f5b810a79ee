import type { Evaluator } from "../evaluator.ts";

const ENOUGH = 3;

const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?";

/** Moments: 12.03.2024, 3/4/2025, 5 May 2023, March 3rd, 10:30, 7 pm. */
const DATES: readonly RegExp[] = [
  /\b\d{4}-\d{2}(?:-\d{2})?\b/gu,
  /(?<![\d.,])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|[12]\d|3[01])\1(?:\d{4}|\d{2})(?![\d%]|[.,]\d)/gu,
  new RegExp(`(?<![\\d.,])\\d{1,2}(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?${MONTH}(?![\\p{L}\\p{N}])`, "giu"),
  new RegExp(`(?<![\\p{L}\\p{N}])${MONTH}\\s+\\d{1,2}(?:st|nd|rd|th)?(?![\\d%]|[.,]\\d)`, "gu"),
  /(?<![\d.,:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\b\.?)?(?![\d:])/giu,
  /(?<![\d.,])(?:1[0-2]|[1-9])\s?[ap]\.?m\b\.?/giu,
];

/** +49 30 1234567, (555) 123-4567, 030/1234567. */
const TELEPHONES: readonly RegExp[] = [
  /(?<![\p{L}\p{N}])\+[1-9](?:[\s()./-]*\d){7,14}(?![\d%])/gu,
  /(?<![\d.,])\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}(?!\d)/gu,
  /(?<![\d.,])\(?0\d{1,4}\)?[\s/-]\d{3,}(?:[\s-]\d{2,})*/gu,
];

// What holds digits and says nothing in figures: addresses, reference marks, list markers, code names such as GPT-4 or H100, moments, telephone numbers, bare years.
const NO_FIGURES: readonly RegExp[] = [
  /https?:\/\/\S+/giu,
  /\[\^?\d{1,3}\]|【[^】]*】/gu,
  /^[ \t]*(?:#+[ \t]*)?\d{1,3}[.)]\s/gmu,
  /(?<![\p{L}\p{N}])\p{L}[\p{L}\p{N}]*-?\d[\p{L}\p{N}.-]*/gu,
  ...DATES,
  ...TELEPHONES,
  /(?<![\d$€£¥.,])(?:1[5-9]|20)\d{2}(?![\d.,]*\d|\s?%)(?:s\b)?/gu,
];

const FIGURE =
  /(?<![\p{L}\p{N}])[-+−]?[$€£¥]?\d(?:[\d,.\u00A0]*\d)?\s?(?:%|[kKmMbBx]\b|bn\b|percent\b|million\b|billion\b|trillion\b)?/gu;

/** How many different figures the answer gives: three or more give 1. */
export const numbers: Evaluator = {
  name: "numbers",
  limits:
    "Counts figures, not whether they are right. Years, dates with English months or in digits, times, telephone numbers, list numbers and digits in names are left out; a quantity that looks like one (2000 units) is too.",
  evaluate({ answer }) {
    const text = NO_FIGURES.reduce((rest, pattern) => rest.replaceAll(pattern, " "), answer);
    const found = new Set([...text.matchAll(FIGURE)].map(([figure]) => figure.trimEnd().toLowerCase()));
    return { score: Math.min(1, found.size / ENOUGH), reason: `${found.size} different figures.` };
  },
};
