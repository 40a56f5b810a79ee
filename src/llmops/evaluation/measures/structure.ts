import type { Evaluator } from "../evaluator.ts";
import { countWords } from "../words.ts";

const SHORT = 60;
const LONGEST_SENTENCE = 35;
/** A line that begins like a list, a heading or a table. */
const MARK = /^\s*(?:(?:[-*•]|\d{1,3}[.)]|#{1,6})\s+\S|\*\*[^*]+\*\*|\|.+\|)/u;

/** Whether the answer can be taken in: sentences of bearable length, and in a longer one paragraphs and headings or lists. */
export const structure: Evaluator = {
  name: "structure",
  limits:
    "Looks at form alone: Markdown headings, lists, tables, paragraphs and sentence length. Well-ordered nonsense scores 1; scripts without spaces count as one long sentence.",
  evaluate({ answer }) {
    const words = countWords(answer);
    if (words === 0) return { score: 0, reason: "The answer is empty." };
    const sentences = answer.split(/[.!?。！？]\s|\n+/u).filter((sentence) => countWords(sentence) > 0);
    const readable = sentences.every((sentence) => countWords(sentence) <= LONGEST_SENTENCE);
    if (words < SHORT)
      return {
        score: readable ? 1 : 0.5,
        reason: `A short answer, ${readable ? "" : "not "}in sentences of bearable length.`,
      };
    const lines = answer.trim().split("\n");
    const hasParagraphs = lines.some((line) => line.trim() === "");
    const hasMarks = lines.some((line) => MARK.test(line));
    const score = (hasParagraphs ? 0.4 : 0) + (hasMarks ? 0.3 : 0) + (readable ? 0.3 : 0);
    const missing = [
      hasParagraphs ? "" : "paragraphs",
      hasMarks ? "" : "headings or lists",
      readable ? "" : "shorter sentences",
    ];
    return {
      score,
      reason: score === 1 ? "Well divided." : `Missing: ${missing.filter((part) => part !== "").join(", ")}.`,
    };
  },
};
