import type * as Encoding from "gpt-tokenizer/encoding/o200k_base";

// Merging is quadratic in odd text (one letter a million times); pieces bound it, and cutting never makes the count smaller.
const PIECE = 4096;

let encoding: Promise<typeof Encoding> | undefined;

/**
 * How many tokens a text has in the encoding of the current OpenAI models (`o200k_base`). For models with another tokenizer it is an estimate.
 * The tables (about 2 MB) are loaded at the first call.
 */
export async function countTokens(text: string): Promise<number> {
  if (text === "") return 0;
  encoding ??= import("gpt-tokenizer/encoding/o200k_base");
  const { countTokens: count } = await encoding;
  let tokens = 0;
  for (let start = 0; start < text.length; start += PIECE) {
    // Text that looks like a control token (`<|endoftext|>`) is ordinary text to the service.
    tokens += count(text.slice(start, start + PIECE), { disallowedSpecial: new Set() });
  }
  return tokens;
}
