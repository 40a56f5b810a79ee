import type { Problems } from "../problems.ts";
import { type Located, memberOf } from "./located.ts";
import { mergeOver } from "./merge.ts";

/** The names of the environments that the file has overlays for. */
export function environmentsOf(root: Located): readonly string[] {
  const environments = memberOf(root, "environments");
  return environments?.kind === "map" ? [...environments.entries.keys()] : [];
}

/** The file as it is in one environment: its overlay, and those that it extends, laid over the rest. Without a name: the rest alone. */
export function inEnvironment(root: Located, environment: string | undefined, problems: Problems): Located {
  const base = without(root, "environments");
  if (environment === undefined) return base;
  const overlays = memberOf(root, "environments");
  let merged = base;
  for (const overlay of chainOf(overlays, { environment, root, problems }))
    merged = mergeOver(merged, without(overlay, "extends"));
  return merged;
}

interface Search {
  readonly environment: string;
  readonly root: Located;
  readonly problems: Problems;
}

/** The overlay and all that it extends, in the order in which they are laid over each other. */
function chainOf(overlays: Located | undefined, { environment, root, problems }: Search): Located[] {
  const chain: Located[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[], from: Located): void => {
    if (path.includes(name)) {
      problems.add(
        from.place,
        `The environments extend each other in a cycle: ${[...path.slice(path.indexOf(name)), name].join(" -> ")}.`,
      );
      return;
    }
    if (done.has(name)) return;
    const overlay = memberOf(overlays, name);
    if (overlay === undefined) {
      const known = environmentsOf(root);
      const among = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
      problems.add(from.place, `There is no environment \`${name}\`; ${among}.`);
      return;
    }
    if (overlay.kind !== "map") {
      problems.add(overlay.place, `Expected the environment \`${name}\` to be a mapping.`);
      return;
    }
    for (const parent of parentsOf(overlay, problems)) visit(parent.name, [...path, name], parent.at);
    done.add(name);
    chain.push(overlay);
  };
  visit(environment, [], overlays ?? root);
  return chain;
}

function parentsOf(overlay: Located, problems: Problems): { readonly name: string; readonly at: Located }[] {
  const parents = memberOf(overlay, "extends");
  if (parents === undefined) return [];
  return (parents.kind === "list" ? parents.items : [parents]).flatMap((at) => {
    if (at.kind === "scalar" && typeof at.value === "string") return [{ name: at.value, at }];
    problems.add(at.place, "Expected `extends` to be the name of an environment, or a list of names.");
    return [];
  });
}

function without(located: Located, name: string): Located {
  if (located.kind !== "map" || !located.entries.has(name)) return located;
  const entries = new Map(located.entries);
  entries.delete(name);
  return { ...located, entries };
}
