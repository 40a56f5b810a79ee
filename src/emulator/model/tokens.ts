import { type ItemDraft, itemText } from "./items.ts";
import type { JsonObject } from "../json.ts";
import type { ModelRequest, ModelUsage } from "./model.ts";

/** Counts as GPT-4o and later models do (encoding `o200k_base`). */
export interface Tokenizer {
  count(text: string): number;
  /** The longest beginning of `text` that has at most `limit` tokens. */
  truncate(text: string, limit: number): string;
}

// Every message costs this much beside its text, and every answer is primed with as much:
// https://github.com/openai/openai-cookbook/blob/main/examples/How_to_count_tokens_with_tiktoken.ipynb
const TOKENS_PER_MESSAGE = 3;

// OpenAI caches prompts of 1024 tokens and more, in steps of 128:
// https://platform.openai.com/docs/guides/prompt-caching
const CACHE_MINIMUM = 1024;
const CACHE_STEP = 128;

// Text that looks like a special token (`<|endoftext|>`) is ordinary text when a user sends it.
const PLAIN = { disallowedSpecial: new Set<string>() };

// Merging takes time that grows with the square of a word's length: 100,000 letters without a space took 5 s. Longer
// runs than this are counted in pieces, which can only add a token at each seam.
const LONG_RUN = /(\S{512}|\s{512})/u;

let loaded: Promise<Tokenizer> | undefined;

/** Loads the vocabulary at the first call: it costs about 120 ms and several megabytes. */
export function loadTokenizer(): Promise<Tokenizer> {
  loaded ??= import("gpt-tokenizer/encoding/o200k_base").then(({ countTokens }) => {
    const count = (text: string): number =>
      text.split(LONG_RUN).reduce((sum, piece) => sum + (piece === "" ? 0 : countTokens(piece, PLAIN)), 0);
    return { count, truncate: (text, limit) => longestBeginning(text, (part) => count(part) <= limit) };
  });
  return loaded;
}

// By counting, not by decoding a part of the tokens: the library's decoder keeps the first bytes of a character that
// was cut and puts them before the next text (gpt-tokenizer 4.0.0).
function longestBeginning(text: string, fits: (part: string) => boolean): string {
  if (fits(text)) return text;
  const points = [...text];
  let [enough, tooMany] = [0, points.length];
  while (tooMany - enough > 1) {
    const middle = Math.floor((enough + tooMany) / 2);
    if (fits(points.slice(0, middle).join(""))) enough = middle;
    else tooMany = middle;
  }
  return points.slice(0, enough).join("");
}

const itemCounts = new WeakMap<ItemDraft, number>();

function countItem(tokenizer: Tokenizer, item: ItemDraft): number {
  let count = itemCounts.get(item);
  if (count === undefined) {
    count = TOKENS_PER_MESSAGE + tokenizer.count(itemText(item));
    itemCounts.set(item, count);
  }
  return count;
}

function countItems(tokenizer: Tokenizer, items: readonly ItemDraft[]): number {
  return items.reduce((sum, item) => sum + countItem(tokenizer, item), 0);
}

function countPreamble(tokenizer: Tokenizer, instructions: string, tools: readonly JsonObject[]): number {
  const spoken = instructions === "" ? 0 : TOKENS_PER_MESSAGE + tokenizer.count(instructions);
  return tools.length === 0 ? spoken : spoken + tokenizer.count(JSON.stringify(tools));
}

/** Tokens that a request puts before the model, and how many of them a cache would hold: what the turn before already sent. */
export function countInput(
  tokenizer: Tokenizer,
  request: ModelRequest,
): Pick<ModelUsage, "inputTokens" | "cachedTokens"> {
  const preamble = countPreamble(tokenizer, request.instructions, request.tools);
  const history = countItems(tokenizer, request.history);
  const inputTokens = preamble + history + countItems(tokenizer, request.input) + TOKENS_PER_MESSAGE;
  const repeated = history === 0 ? 0 : preamble + history;
  const cachedTokens = repeated < CACHE_MINIMUM ? 0 : repeated - (repeated % CACHE_STEP);
  return { inputTokens, cachedTokens };
}

/** The emulator's own figures for one call. It never reasons, so reasoning tokens are 0. */
export function countUsage(tokenizer: Tokenizer, request: ModelRequest, output: readonly ItemDraft[]): ModelUsage {
  const outputTokens = output.reduce((sum, item) => sum + tokenizer.count(itemText(item)), 0);
  return { ...countInput(tokenizer, request), outputTokens, reasoningTokens: 0 };
}
