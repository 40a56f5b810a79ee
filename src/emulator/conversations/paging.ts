import { invalidPayload } from "../errors.ts";
import { describeValue, type JsonObject } from "../json.ts";

const DEFAULT_LIMIT = 20;
const MAXIMUM_LIMIT = 100;

/** One page of a list of items as `limit`, `order` and `after` of the query ask; newest first by default. */
export function itemPage(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = readOrder(query) === "asc" ? items : items.toReversed();
  const start = startOf(ordered, query.get("after"));
  const data = ordered.slice(start, start + readLimit(query));
  return { ...listOf(data), has_more: start + data.length < ordered.length };
}

/** A whole list in the form of a page. */
export function listOf(data: readonly JsonObject[]): JsonObject {
  return {
    object: "list",
    data: [...data],
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: false,
  };
}

function readLimit(query: URLSearchParams): number {
  const text = query.get("limit");
  if (text === null) return DEFAULT_LIMIT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAXIMUM_LIMIT) return limit;
  throw invalidPayload("limit", `Expected a whole number from 1 to ${MAXIMUM_LIMIT}, got ${describeValue(text)}.`);
}

function readOrder(query: URLSearchParams): "asc" | "desc" {
  const order = query.get("order") ?? "desc";
  if (order === "asc" || order === "desc") return order;
  throw invalidPayload("order", `Expected asc or desc, got ${describeValue(order)}.`);
}

function startOf(ordered: readonly JsonObject[], after: string | null): number {
  if (after === null) return 0;
  const position = ordered.findIndex((item) => item["id"] === after);
  if (position === -1) throw invalidPayload("after", `No item with id ${describeValue(after)} found.`);
  return position + 1;
}
