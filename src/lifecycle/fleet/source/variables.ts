import type { Problems } from "../problems.ts";
import type { Located, LocatedEntry } from "./located.ts";

/** Where `${NAME}` is looked up. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** `$${`: a dollar and a brace as they are. `${NAME}`, `${NAME:-instead}`: a variable. */
const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/** The value with its variables filled in, names of members excepted. A missing variable is a problem; an empty one is an empty text. */
export function fillIn(located: Located, variables: Variables, problems: Problems): Located {
  if (located.kind === "list")
    return { ...located, items: located.items.map((item) => fillIn(item, variables, problems)) };
  if (located.kind === "map") {
    const entries = new Map<string, LocatedEntry>();
    for (const [name, entry] of located.entries)
      entries.set(name, { ...entry, value: fillIn(entry.value, variables, problems) });
    return { ...located, entries };
  }
  const { value, place } = located;
  if (typeof value !== "string" || !value.includes("${")) return located;
  const filled = value.replaceAll(REFERENCE, (whole: string, inside: string | undefined) => {
    if (inside === undefined) return "${";
    const [, name, instead] = NAME.exec(inside) ?? [];
    if (name === undefined) {
      problems.add(
        place,
        `Expected a variable like \`\${NAME}\`, got \`${whole.slice(0, 80)}\`. Write \`$\${\` for the characters themselves.`,
      );
      return "";
    }
    const text = variables[name] ?? instead;
    if (text === undefined)
      problems.add(
        place,
        `The environment variable \`${name}\` is not set. Write \`$\${\` for the characters themselves.`,
      );
    return text ?? "";
  });
  return { ...located, value: located.isPlain ? typed(filled) : filled };
}

/** A value without quotes is what it looks like, as it would be if it stood in the file. */
function typed(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? Number(text) : text;
}
