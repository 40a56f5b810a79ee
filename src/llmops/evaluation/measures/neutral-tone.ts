import type { Evaluator } from "../evaluator.ts";
import { countWords, phrasePattern } from "../words.ts";

const COLOURED = [
  "love",
  "hate",
  "adore",
  "despise",
  "amazing",
  "awesome",
  "incredible",
  "unbelievable",
  "fantastic",
  "terrible",
  "horrible",
  "awful",
  "disgusting",
  "stupid",
  "idiotic",
  "ridiculous",
  "insane",
  "crazy",
  "genius",
  "perfect",
  "worst",
  "best ever",
  "mind-blowing",
  "game-changer",
  "no-brainer",
  "obviously",
  "undoubtedly",
  "guaranteed",
  "guarantee",
  "never fails",
  "always wins",
  "to the moon",
  "skyrocketing",
  "I think",
  "I believe",
  "I feel",
  "in my opinion",
].map((phrase) => phrasePattern(phrase, "giu"));

const PER_HIT = 0.2;
const WORDS_PER_PARDON = 200;

/** Whether the answer does without words of love, hate and certainty: each costs 0.2, one in 200 words is free. */
export const neutralTone: Evaluator = {
  name: "neutral_tone",
  limits:
    "A list of English words and phrases: sees no irony, no slant in what was chosen, and counts words inside quotations.",
  evaluate({ answer }) {
    const words = countWords(answer);
    if (words === 0) return { score: null, reason: "The answer is empty." };
    const found = COLOURED.flatMap((pattern) => [...answer.matchAll(pattern)].map(([match]) => match.toLowerCase()));
    const shouts = answer.match(/!{2,}/gu)?.length ?? 0;
    const hits = Math.max(0, found.length + shouts - Math.floor(words / WORDS_PER_PARDON));
    const seen = [...new Set(found), ...(shouts === 0 ? [] : ["!!"])].join(", ");
    return {
      score: Math.max(0, 1 - PER_HIT * hits),
      reason: seen === "" ? "No coloured words." : `Coloured: ${seen}.`,
    };
  },
};
