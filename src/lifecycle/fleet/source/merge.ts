import type { Located, LocatedEntry } from "./located.ts";

/** Two ways to say one thing: whoever says it later, in either way, replaces both. */
const ALTERNATIVES: ReadonlyMap<string, string> = new Map([
  ["instructions", "instructions_file"],
  ["instructions_file", "instructions"],
]);

/** One value over another: mappings member by member, everything else replaced. A member that is `null` is taken away. */
export function mergeOver(base: Located | undefined, over: Located): Located {
  if (base?.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map<string, LocatedEntry>(base.entries);
  for (const name of over.entries.keys()) {
    const alternative = ALTERNATIVES.get(name);
    if (alternative !== undefined) entries.delete(alternative);
  }
  for (const [name, entry] of over.entries) {
    const { value } = entry;
    if (value.kind === "scalar" && value.value === null) entries.delete(name);
    else entries.set(name, { keyPlace: entry.keyPlace, value: mergeOver(entries.get(name)?.value, value) });
  }
  return { ...over, entries };
}
