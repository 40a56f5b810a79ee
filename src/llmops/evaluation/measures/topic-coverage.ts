import type { Evaluator } from "../evaluator.ts";
import { phrasePattern } from "../words.ts";

/** The part of the expected topics that the answer names. */
export const topicCoverage: Evaluator = {
  name: "topic_coverage",
  limits:
    "Finds topics by their words: neither synonyms nor whether what is said about them is right. Does not apply without expected topics.",
  evaluate({ answer, expectedTopics }) {
    const topics = [...new Set(expectedTopics.map((topic) => topic.trim()).filter((topic) => topic !== ""))];
    if (topics.length === 0) return { score: null, reason: "No topics were expected." };
    const text = answer.normalize("NFC");
    const missing = topics.filter((topic) => !phrasePattern(topic).test(text));
    return {
      score: (topics.length - missing.length) / topics.length,
      reason: missing.length === 0 ? "All topics are named." : `Not named: ${missing.join(", ")}.`,
    };
  },
};
