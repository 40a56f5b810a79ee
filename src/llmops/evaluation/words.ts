/**
 * A pattern that finds a phrase as whole words, whatever its case, spacing and script, with a plural `s` or `es`: `love` is not in `glove`.
 * `\b` will not do: to it every letter outside ASCII is no letter.
 */
export function phrasePattern(phrase: string, flags: "iu" | "giu" = "iu"): RegExp {
  const escaped = phrase
    .trim()
    .normalize("NFC")
    .replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    .replaceAll(/\s+/g, "\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?:e?s)?(?![\\p{L}\\p{N}])`, flags);
}

/** How many words a text has. */
export function countWords(text: string): number {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.,-]*/gu)?.length ?? 0;
}
