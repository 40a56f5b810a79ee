import type { JsonObject, JsonValue } from "../../../config/index.ts";
import type { Evaluator } from "../evaluator.ts";

const ENOUGH = 3;

// A year counts only beside a name, as in "(Smith, 2021)" or "Smith et al. (2021)"; four digits alone are no citation. Names are bounded, because a model that
// repeats itself without end must not block the process.
const PATTERNS: readonly RegExp[] = [
  /https?:\/\/[^\s)\]}>"']+/giu,
  /\bdoi:\s*10\.\d{4,9}\/\S+/giu,
  /\[\^?\d{1,3}\]/gu,
  /【[^】]{1,80}】/gu,
  /\(\s*\p{Lu}[\p{L}'’.&\s-]{1,60},?\s+(?:19|20)\d{2}[a-z]?\s*\)/gu,
  /\p{Lu}[\p{L}'’-]{1,60}(?:\s+et\s+al\.)?\s+\((?:19|20)\d{2}[a-z]?\)/gu,
  // Without the i flag, under which \p{Lu} is any letter: "according to plan" names nobody.
  /(?<![\p{L}\p{N}])(?:[Aa]ccording\s+to|[Ss]ources?:|[Aa]s\s+reported\s+by|[Cc]ited\s+in)\s+(?:the\s+)?["“]?\p{Lu}[^\s.,;]*/gu,
];

/** How many different sources the answer names: three or more give 1. */
export const citations: Evaluator = {
  name: "citations",
  limits:
    "Counts things that look like sources, and the service's own url citations. Does not open them: an invented source counts.",
  evaluate({ answer, output }) {
    const found = new Set<string>();
    for (const url of annotatedUrls(output)) found.add(normalise(url));
    for (const pattern of PATTERNS) for (const [match] of answer.matchAll(pattern)) found.add(normalise(match));
    return { score: Math.min(1, found.size / ENOUGH), reason: `${found.size} different sources.` };
  },
};

function normalise(source: string): string {
  return source
    .toLowerCase()
    .replace(/(?<![.,;:!?])[.,;:!?]+$/u, "")
    .replaceAll(/\s+/gu, " ");
}

function annotatedUrls(output: readonly JsonObject[]): readonly string[] {
  return output.flatMap((item) =>
    members(item["content"]).flatMap((part) =>
      members(part["annotations"]).flatMap(({ type, url }) =>
        type === "url_citation" && typeof url === "string" ? [url] : [],
      ),
    ),
  );
}

function members(value: JsonValue | undefined): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item: JsonValue): item is JsonObject => typeof item === "object" && item !== null && !Array.isArray(item),
  );
}
