import { TenureError } from "../errors/index.ts";

/** What people call a field that is called otherwise here: other SDKs' names, and the service's own. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  name: "agentName",
  deployment: "model",
  modeldeploymentname: "model",
  prompt: "instructions",
  systemprompt: "instructions",
  system: "instructions",
  outputschema: "responseFormat",
  outputtype: "responseFormat",
  format: "responseFormat",
  text: "responseFormat",
  websearch: "enableWebSearch",
  tags: "metadata",
  functions: "tools",
};

/** Refuses members that nobody reads, so that a misspelt field is not silently ignored. Throws `unknown_field` with the nearest known name. */
export function refuseUnknownFields(object: object, known: readonly string[]): void {
  for (const field of Object.keys(object)) {
    if (known.includes(field)) continue;
    const meant = nearest(field, known);
    const question = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
    const hint =
      meant === undefined
        ? undefined
        : `Write \`${meant}\`, or put what the service should get unchanged under \`definition\`.`;
    throw new TenureError("unknown_field", `Unknown field \`${field.slice(0, 80)}\`${question}`, {
      details: { field, known, ...(meant === undefined ? {} : { didYouMean: meant }) },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** The known field that was probably meant; `undefined` if none is near. Case, `_`, `-` and spaces do not count. */
export function nearest(field: string, known: readonly string[]): string | undefined {
  const bare = simplify(field);
  const other = Object.hasOwn(OTHER_NAMES, bare) ? OTHER_NAMES[bare] : undefined;
  if (other !== undefined && known.includes(other)) return other;
  const ranked = known
    .map((name) => ({ name, distance: distance(bare, simplify(name)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.min(2, Math.floor(best.name.length / 3)) ? best.name : undefined;
}

function simplify(field: string): string {
  return field
    .slice(0, 80)
    .replaceAll(/[_\- ]/g, "")
    .toLowerCase();
}

/** Levenshtein's: how many letters must be added, dropped or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const replace = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
