import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { importsOf, type SourceImport, sourceFiles } from "./source-imports.ts";

const BASE = ["errors", "runtime", "config"] as const;
const SEAMS = [...BASE, "registry", "services"] as const;
const CORE = [...SEAMS, "manager", "llmops", "lifecycle", "agent"] as const;

/** What each folder of `src` may import beside itself. `types` only: nothing that is left at run time. */
const ARROWS: Readonly<Record<string, { readonly may: readonly string[]; readonly types?: readonly string[] }>> = {
  errors: { may: [] },
  runtime: { may: ["errors"] },
  config: { may: ["errors", "runtime"] },
  registry: { may: BASE },
  services: { may: BASE },
  manager: { may: SEAMS },
  llmops: { may: SEAMS, types: ["manager"] },
  lifecycle: { may: [...SEAMS, "manager"] },
  // Of lifecycle only the class that `ProductionAgent` makes by default: docs/decisions/public-manager-in-lifecycle.md.
  agent: { may: [...SEAMS, "manager", "llmops", "lifecycle"] },
  server: { may: CORE },
  cli: { may: [...CORE, "server", "emulator", "testing"] },
  testing: { may: SEAMS },
  emulator: { may: [] },
  "index.ts": { may: CORE },
};

const folderOf = (path: string): string => path.split("/")[0] ?? path;

function isAllowed({ from, target, typeOnly }: SourceImport): boolean {
  if (target === undefined) return true;
  const [here, there] = [folderOf(from), folderOf(target)];
  const rule = ARROWS[here];
  if (here === there || rule === undefined) return here === there;
  return rule.may.includes(there) || (typeOnly && (rule.types ?? []).includes(there));
}

const imports = sourceFiles().flatMap(importsOf);
const show = ({ from, specifier }: SourceImport): string => `${from} imports ${specifier}`;

test("imports run one way through the house", () => {
  assert.ok(imports.length > 100, "the imports were read");
  assert.deepEqual(imports.filter((each) => !isAllowed(each)).map(show), []);
});

test("no import leaves src", () => {
  assert.deepEqual(imports.filter((each) => each.target?.startsWith("..") ?? false).map(show), []);
});

test("every folder of src has its place in the house", () => {
  const folders = new Set(sourceFiles().map(folderOf));
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in ARROWS)),
    [],
  );
});

test("what is imported is declared, and only what is installed with the package", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  const { dependencies, peerDependencies } = manifest as Record<"dependencies" | "peerDependencies", object>;
  const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const packageOf = (name: string): string =>
    name
      .split("/")
      .slice(0, name.startsWith("@") ? 2 : 1)
      .join("/");
  const foreign = imports.filter(({ specifier }) => !specifier.startsWith(".") && !specifier.startsWith("node:"));
  assert.deepEqual(foreign.filter((each) => !declared.has(packageOf(each.specifier))).map(show), []);
});

test("the reader of imports sees every kind of import", () => {
  const seen = new Set(imports.map(({ specifier }) => specifier));
  assert.ok(imports.some(({ typeOnly }) => typeOnly) && imports.some(({ typeOnly }) => !typeOnly));
  assert.ok(seen.has("node:crypto"), "a static import");
  assert.ok(seen.has("openai"), "a dynamic import");
});
