import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";

/** One import of one file of `src`, static, dynamic, re-exporting, or in a type. */
export interface SourceImport {
  /** Path below `src`, with `/`. */
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** Path below `src` of a relative import, `undefined` for a package. */
  readonly target: string | undefined;
  /** `true` if nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

const root = join(import.meta.dirname, "../../src");

/** `import type … from "x"`, `export … from "x"`, `import "x"`, and `import("x")` in code and in types. Comments are taken out first. */
const IMPORTS =
  /(?<statement>^(?:import|export)\s+(?<type>type\s)?(?<what>[^;"']*?)\s*from\s*|^import\s+|\bimport\(\s*)["'](?<specifier>[^"']+)["']/gm;

/** Every TypeScript file below `src`, as paths with `/`. */
export function sourceFiles(): string[] {
  return globSync("**/*.{ts,tsx}", { cwd: root })
    .map((path) => path.replaceAll(sep, "/"))
    .toSorted();
}

/** The text of a file below `src`, without comments. Newlines stay, so that line numbers do too. */
export function sourceCode(path: string): string {
  const text = readFileSync(join(root, path), "utf8");
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ""))
    .replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

/** Every import of a file below `src`. */
export function importsOf(path: string): SourceImport[] {
  return [...sourceCode(path).matchAll(IMPORTS)].map(({ groups = {} }) => {
    const specifier = groups["specifier"] ?? "";
    const target = specifier.startsWith(".")
      ? normalize(join(dirname(path), specifier)).replaceAll(sep, "/")
      : undefined;
    return {
      from: path,
      specifier,
      target,
      typeOnly: groups["type"] !== undefined || hasOnlyTypes(groups["what"] ?? ""),
    };
  });
}

/** `{ type A, type B }` */
function hasOnlyTypes(clause: string): boolean {
  const names = /^\{(.*)\}$/s
    .exec(clause)?.[1]
    ?.split(",")
    .map((name) => name.trim());
  return names?.every((name) => name === "" || name.startsWith("type ")) ?? false;
}
