import type { Page, PageRequest } from "../contract/index.ts";
import { compareKeys, decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "../rules/index.ts";

/** A listing: its name in cursors, and where an item stands in it. */
export interface Listing<Item> {
  readonly name: string;
  readonly shape: readonly ("string" | "number")[];
  readonly keyOf: (item: Item) => SortKey;
}

/** The page that was asked for, out of all items in any order. */
export function pageFrom<Item>(items: Iterable<Item>, listing: Listing<Item>, request: PageRequest): Page<Item> {
  const sorted = [...items].sort((a, b) => compareKeys(listing.keyOf(a), listing.keyOf(b)));
  return pageFromSorted(sorted, listing, request);
}

/** The same, out of items in the listing's order; `isListed` leaves some out. */
export function pageFromSorted<Item>(
  items: readonly Item[],
  listing: Listing<Item>,
  request: PageRequest,
  isListed: (item: Item) => boolean = () => true,
): Page<Item> {
  const limit = pageLimit(request);
  const after = decodeCursor(listing.name, request.cursor, listing.shape);
  const found: Item[] = [];
  for (
    let index = after === undefined ? 0 : firstBehind(items, listing, after);
    index < items.length && found.length <= limit;
    index += 1
  ) {
    const item = items[index];
    if (item !== undefined && isListed(item)) found.push(item);
  }
  return pageOf(found, limit, (last) => encodeCursor(listing.name, listing.keyOf(last)));
}

function firstBehind<Item>(items: readonly Item[], listing: Listing<Item>, after: SortKey): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && compareKeys(listing.keyOf(item), after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
