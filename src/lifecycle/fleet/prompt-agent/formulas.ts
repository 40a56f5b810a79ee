import type { Problems } from "../problems.ts";
import type { Located, LocatedEntry } from "../source/located.ts";
import type { Variables } from "../source/variables.ts";

/** The one Power Fx formula that prompt agents use in practice. */
const VARIABLE = /^=\s*Env\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;

/** Members that are never sent to the service, so that their variables need not be set. */
const NOT_SENT = new Set(["connection"]);

/** Fills in `=Env.NAME`. Every other formula is a problem: Tenure does not compute Power Fx. */
export function fillInFormulas(
  located: Located,
  reading: { readonly variables: Variables; readonly problems: Problems },
): Located {
  if (located.kind === "list") return { ...located, items: located.items.map((item) => fillInFormulas(item, reading)) };
  if (located.kind === "map") {
    const entries = new Map<string, LocatedEntry>();
    for (const [name, entry] of located.entries) {
      entries.set(name, NOT_SENT.has(name) ? entry : { ...entry, value: fillInFormulas(entry.value, reading) });
    }
    return { ...located, entries };
  }
  const { value, place } = located;
  if (typeof value !== "string" || !value.startsWith("=")) return located;
  const name = VARIABLE.exec(value)?.[1];
  if (name === undefined) {
    reading.problems.add(place, `Expected a value or \`=Env.NAME\`, got the formula \`${value.slice(0, 80)}\`.`);
    return located;
  }
  const text = reading.variables[name];
  if (text === undefined) reading.problems.add(place, `The environment variable \`${name}\` is not set.`);
  return { ...located, value: text ?? "" };
}
