import type { JsonObject, JsonValue } from "../../../config/index.ts";

/** Where something stands in a file. Lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A member of a mapping, with the place of its name. */
export interface LocatedEntry {
  readonly keyPlace: Place;
  readonly value: Located;
}

/** A value of a fleet file that remembers where it stands, also after files were merged. Never changed. */
export type Located =
  | { readonly kind: "map"; readonly place: Place; readonly entries: ReadonlyMap<string, LocatedEntry> }
  | { readonly kind: "list"; readonly place: Place; readonly items: readonly Located[] }
  | {
      readonly kind: "scalar";
      readonly place: Place;
      readonly value: string | number | boolean | null;
      /** Written without quotes: what a variable puts there may be a number. */
      readonly isPlain: boolean;
    };

/** Which member of which member: `["agents", "advisor", "tools", 0]`. */
export type Path = readonly (string | number)[];

/** The value alone. */
export function plainOf(located: Located): JsonValue {
  if (located.kind === "scalar") return located.value;
  if (located.kind === "list") return located.items.map(plainOf);
  return plainMap(located.entries);
}

/** The members alone. */
export function plainMap(entries: ReadonlyMap<string, LocatedEntry>): JsonObject {
  // Not by assignment: a member called `__proto__` is a member like any other.
  return Object.fromEntries([...entries].map(([name, { value }]) => [name, plainOf(value)]));
}

/** The member of a mapping; `undefined` if there is none, or no mapping. */
export function memberOf(located: Located | undefined, name: string): Located | undefined {
  return located?.kind === "map" ? located.entries.get(name)?.value : undefined;
}

/** Where the value at the path stands, or the nearest that is there around it. `key`: the place of its name, if it has one. */
export function placeOf(root: Located, path: Path, what: "key" | "value" = "value"): Place {
  let { place } = root;
  let at: Located | undefined = root;
  for (const [depth, part] of path.entries()) {
    if (at.kind === "map") {
      const entry: LocatedEntry | undefined = at.entries.get(String(part));
      if (entry === undefined) return place;
      const isLast = depth === path.length - 1;
      place = isLast && what === "key" ? entry.keyPlace : entry.value.place;
      at = entry.value;
    } else {
      const item: Located | undefined = at.kind === "list" ? at.items[Number(part)] : undefined;
      if (item === undefined) return place;
      ({ place } = item);
      at = item;
    }
  }
  return place;
}

/** A value that was made from something that stands at the place. */
export function locatedAt(place: Place, value: JsonValue | undefined): Located {
  if (Array.isArray(value))
    return { kind: "list", place, items: value.map((item: JsonValue) => locatedAt(place, item)) };
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    const entries = members.map(
      ([name, member]) => [name, { keyPlace: place, value: locatedAt(place, member) }] as const,
    );
    return { kind: "map", place, entries: new Map(entries) };
  }
  return {
    kind: "scalar",
    place,
    value: value === undefined || typeof value === "object" ? null : value,
    isPlain: false,
  };
}
