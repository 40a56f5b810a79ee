import { registerHooks } from "node:module";
import type { Mutation } from "./mutation.ts";
import { MUTATIONS } from "./mutations.ts";
import { loadSubject, type Subject } from "./subject.ts";

const SOURCE = new URL("../../src/", import.meta.url).href;
/** What a mutant has for itself. The rest is shared with the product: a mutant's errors are the product's errors. */
const COPIED = ["lifecycle/", "manager/", "registry/memory/", "registry/rules/"];

/** Applied so far, by mutant and file: a mutation that was not applied whole would pass for one that was missed. */
const applied = new Map<string, Set<string>>();
let isHooked = false;

/** The product with one breakage, beside the product itself and other mutants in the same process. */
export async function loadMutant(name: string): Promise<Subject> {
  const mutation = mutationOf(name);
  hook();
  const subject = await loadSubject(`?mutation=${encodeURIComponent(name)}`);
  const missing = mutation.edits.find((edit) => applied.get(name)?.has(edit.file) !== true);
  if (missing !== undefined) throw new Error(`The mutation ${name} was not applied: ${missing.file} was not loaded.`);
  return subject;
}

function mutationOf(name: string): Mutation {
  const mutation = MUTATIONS.find((candidate) => candidate.name === name);
  if (mutation === undefined)
    throw new Error(`There is no mutation ${name}. There are: ${MUTATIONS.map((known) => known.name).join(", ")}.`);
  return mutation;
}

function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context);
      const name = mutantOf(context.parentURL);
      if (name === undefined || !COPIED.some((folder) => resolved.url.startsWith(SOURCE + folder))) return resolved;
      return { ...resolved, url: `${resolved.url}?mutation=${encodeURIComponent(name)}` };
    },
    load: (url, context, next) => {
      const name = mutantOf(url);
      const loaded = next(url, context);
      if (name === undefined || !url.startsWith(SOURCE)) return loaded;
      const file = url.slice(SOURCE.length).split("?")[0] ?? "";
      const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: mutate(mutationOf(name), file, source) };
    },
  });
}

function mutantOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  return new URL(url).searchParams.get("mutation") ?? undefined;
}

function mutate(mutation: Mutation, file: string, source: string): string {
  let changed = source;
  for (const edit of mutation.edits) {
    if (edit.file !== file) continue;
    const found = changed.split(edit.find).length - 1;
    if (found !== 1)
      throw new Error(
        `The mutation ${mutation.name} looks for this in ${file}, where it stands ${found} times instead of once: ${edit.find}`,
      );
    changed = changed.replace(edit.find, () => edit.replace);
    applied.set(mutation.name, (applied.get(mutation.name) ?? new Set()).add(file));
  }
  return changed;
}
