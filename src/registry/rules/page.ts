import { TenureError } from "../../errors/index.ts";
import type { Page, PageRequest } from "../contract/index.ts";
import { compareText } from "./text-order.ts";

/** Where an item stands in its listing: the values that it is sorted by, most significant first. */
export type SortKey = readonly (string | number)[];

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** The number of items of a page, or `invalid_option`. */
export function pageLimit(request: PageRequest): number {
  const { limit = DEFAULT_LIMIT } = request;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new TenureError(
    "invalid_option",
    `Expected \`limit\` to be a whole number from 1 to ${MAX_LIMIT}, got ${String(limit)}.`,
  );
}

/** The text that continues a listing behind `key`. `listing` names the listing: a cursor of one is refused by another. */
export function encodeCursor(listing: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([listing, ...key])).toString("base64url");
}

/** The key that a cursor stands for, `undefined` without cursor, or `invalid_option`. */
export function decodeCursor(
  listing: string,
  cursor: string | undefined,
  shape: readonly ("string" | "number")[],
): SortKey | undefined {
  if (cursor === undefined) return undefined;
  const parts = parse(cursor);
  if (parts?.[0] !== listing || parts.length !== shape.length + 1) throw invalidCursor(cursor);
  const key: (string | number)[] = [];
  for (const [index, type] of shape.entries()) {
    const value = parts[index + 1];
    if (typeof value !== type || (typeof value !== "string" && typeof value !== "number")) throw invalidCursor(cursor);
    key.push(value);
  }
  return key;
}

/** The page of `limit` items, out of up to `limit + 1` that were read: one more says that there is a next page. */
export function pageOf<Item>(items: readonly Item[], limit: number, cursorOf: (last: Item) => string): Page<Item> {
  const last = items[limit - 1];
  if (items.length <= limit || last === undefined) return { items };
  return { items: items.slice(0, limit), cursor: cursorOf(last) };
}

/** Compares two keys of one listing, part by part. */
export function compareKeys(left: SortKey, right: SortKey): number {
  for (const [index, a] of left.entries()) {
    const b = right[index];
    const order = typeof a === "string" ? compareText(a, String(b)) : a - Number(b);
    if (order !== 0) return order;
  }
  return 0;
}

function parse(cursor: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function invalidCursor(cursor: string): TenureError {
  return new TenureError(
    "invalid_option",
    `Expected \`cursor\` to be one that this listing gave, got "${cursor.slice(0, 40)}".`,
    {
      hint: "Begin the listing anew, without a cursor.",
    },
  );
}
