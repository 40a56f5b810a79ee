import { ServiceError } from "../errors.ts";
import { describeValue, type JsonObject } from "../json.ts";

/** What a client asks of a list. */
export interface PageQuery {
  /** 1 to 100. */
  readonly limit: number;
  readonly order: "asc" | "desc";
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** Reads `limit` (1 to 100, default 20), `order`, `after` and `before`. Throws a `ServiceError` 400 `invalid_parameters`. */
export function readPageQuery(params: URLSearchParams, defaultOrder: "asc" | "desc"): PageQuery {
  const limitText = params.get("limit") ?? "20";
  const limit = Number(limitText);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw invalidParameter("limit", "a whole number from 1 to 100", limitText);
  }
  const order = params.get("order") ?? defaultOrder;
  if (order !== "asc" && order !== "desc") throw invalidParameter("order", "asc or desc", order);
  return {
    limit,
    order,
    after: params.get("after") ?? undefined,
    before: params.get("before") ?? undefined,
  };
}

/** A 400 about a parameter of the query. */
export function invalidParameter(name: string, expected: string, got: string): ServiceError {
  return new ServiceError(
    400,
    "invalid_parameters",
    `Expected \`${name}\` to be ${expected}, got ${describeValue(got)}`,
    {
      param: name,
    },
  );
}

/** A list to be cut into pages. */
export interface PageSource<T> {
  /** Oldest first. */
  readonly items: readonly T[];
  /** Where an item stands among all that ever were; grows from item to item. */
  position(item: T): number;
  /** Where a cursor points to, also if its item is gone. `undefined`: no such cursor. */
  positionOf(cursor: string): number | undefined;
  idOf(item: T): string;
}

function cursorPosition<T>(source: PageSource<T>, name: string, cursor: string): number {
  const position = source.positionOf(cursor);
  if (position === undefined) throw invalidParameter(name, "the id of an item of this list", cursor);
  return position;
}

/** Cuts one page. With both cursors it lies between them, which is what the Azure client's second page after `before` asks for. */
function cutPage<T>(source: PageSource<T>, query: PageQuery): { items: T[]; hasMore: boolean } {
  const ordered = query.order === "asc" ? source.items : source.items.toReversed();
  const sign = query.order === "asc" ? 1 : -1;
  const from = query.after === undefined ? undefined : cursorPosition(source, "after", query.after);
  const to = query.before === undefined ? undefined : cursorPosition(source, "before", query.before);
  const window = ordered.filter((item) => {
    const position = source.position(item);
    if (from !== undefined && (position - from) * sign <= 0) return false;
    return to === undefined || (position - to) * sign < 0;
  });
  return { items: window.slice(0, query.limit), hasMore: window.length > query.limit };
}

/** One page in the service's form. */
export function presentPage<T>(source: PageSource<T>, query: PageQuery, present: (item: T) => JsonObject): JsonObject {
  const { items, hasMore } = cutPage(source, query);
  const [first] = items;
  const last = items.at(-1);
  return {
    object: "list",
    data: items.map(present),
    first_id: first === undefined ? null : source.idOf(first),
    last_id: last === undefined ? null : source.idOf(last),
    has_more: hasMore,
  };
}
