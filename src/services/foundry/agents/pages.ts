import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { isJsonObject, readText } from "../http/json.ts";
import { UnusableAnswer } from "./read-version.ts";

/** The service's greatest page (`servicepatterns.tsp`: 1 to 100, default 20). */
export const PAGE_LIMIT = "100";

/** Gives one page by its cursor; `undefined` ends the list. */
export type FetchPage = (after: string | undefined) => Promise<JsonValue | undefined>;

/**
 * The items of all pages. Follows `has_more` and `last_id` to the end. Throws `UnusableAnswer` if a page is no page, or if a cursor comes
 * twice: a list that goes round in circles would never end.
 */
export async function* readPages(fetchPage: FetchPage): AsyncGenerator<JsonValue | undefined, void> {
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const page = await fetchPage(after);
    if (page === undefined) return;
    if (!isJsonObject(page) || !Array.isArray(page["data"])) throw new UnusableAnswer("a page without `data`");
    const items: readonly JsonValue[] = page["data"];
    yield* items;
    after = nextCursor(page, items);
    if (after !== undefined && seen.has(after)) throw new UnusableAnswer(`the cursor ${after} a second time`);
    if (after !== undefined) seen.add(after);
  } while (after !== undefined);
}

function nextCursor(page: JsonObject, items: readonly JsonValue[]): string | undefined {
  if (page["has_more"] !== true) return undefined;
  const last = items.at(-1);
  const cursor = readText(page, "last_id") ?? (isJsonObject(last) ? readText(last, "id") : undefined);
  if (cursor === undefined) throw new UnusableAnswer("`has_more` without `last_id`");
  return cursor;
}
