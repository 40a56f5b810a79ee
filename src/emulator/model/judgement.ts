import { createHash } from "node:crypto";

// A label at the start of a line, as judges' prompts have them: "Answer: ...", "## Response", "**Agent response**:".
const ANSWER_LABEL =
  /^[#* \t"<]*(?:the\s+|agent(?:'s)?\s+|model\s+|final\s+)?(?:answer|response|output|reply)[*"> \t]*(?::|$)/imu;

/**
 * A number from 0 to 1 that stands for how good the emulator finds what it is shown. If the message has a part labelled
 * as an answer, it is the share of the words before the label that come back after it, as an evaluator would find
 * relevance; an empty answer gives 0. Otherwise it is a hash of the message, so that equal questions give equal numbers.
 */
export function judge(message: string): number {
  const label = ANSWER_LABEL.exec(message);
  if (label === null) return hashFraction(message);
  const asked = contentWords(message.slice(0, label.index));
  const answered = contentWords(message.slice(label.index + label[0].length));
  if (answered.size === 0) return 0;
  if (asked.size === 0) return 1;
  const shared = [...asked].filter((word) => answered.has(word)).length;
  return shared / asked.size;
}

function contentWords(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []);
}

/** A number from 0 up to, not including, 1 that depends on the text only. */
export function hashFraction(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}
