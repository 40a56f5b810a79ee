/**
 * `npm run check:smoke`: packs the package, installs it the way a user would (no development files, no optional peers), and looks at it with each Node that it
 * promises to run on: every subpath can be imported and required, and the command answers. On an older Node the command must say so and exit with 1.
 * The package's types must hold in a strict program that has none of the optional peers and leaves no library unchecked.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capture, mustRun } from "./command.ts";

const TOO_OLD = "20.20.2";
const SUPPORTED = ["22.13.0", "24.21.0", "26.10.0"] as const;

const root = join(import.meta.dirname, "..");
const quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"];

/** The package that holds nothing but the Node of this platform; the `node` package would fetch the same in an install script. */
function nodePackage(version: string): string {
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const platform = process.platform === "win32" ? "win" : process.platform;
  return `npm:${prefix}-${platform}-${process.arch}@${version}`;
}

const alias = (version: string): string => `node-${version.replaceAll(".", "-")}`;

async function install(folder: string): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  await mustRun("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const nodes = [TOO_OLD, ...SUPPORTED].map((node) => `${alias(node)}@${nodePackage(node)}`);
  await mustRun("npm", ["install", ...quiet, "--ignore-scripts", `./tenure-${version}.tgz`, ...nodes], { cwd: folder });
}

async function subpaths(folder: string): Promise<string[]> {
  const manifest = await readFile(join(folder, "node_modules/tenure/package.json"), "utf8");
  const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> };
  return Object.keys(exports)
    .filter((path) => !path.endsWith(".json"))
    .map((path) => `tenure${path.slice(1)}`);
}

/** Imports and requires every subpath in one process; a warning on standard error is a failure, but for the one that `node:sqlite` gives. */
async function checkImports(node: string, folder: string): Promise<void> {
  const names = JSON.stringify(await subpaths(folder));
  const script = `
    import { createRequire } from "node:module";
    const require = createRequire(process.cwd() + "/x.js");
    for (const name of ${names}) {
      const imported = Object.keys(await import(name));
      const required = Object.keys(require(name)).filter((key) => key !== "__esModule");
      if (imported.length === 0) throw new Error(name + " exports nothing");
      if (imported.length !== required.length) throw new Error(name + " is another thing when required");
    }`;
  const options = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", script];
  const result = await capture(node, options, { cwd: folder });
  if (result.code !== 0 || result.stderr !== "") throw new Error(`Imports: ${result.stderr}`);
}

async function checkTypes(folder: string): Promise<void> {
  const imports = (await subpaths(folder)).map((name, place) => `export * as part${place} from "${name}";`);
  await writeFile(join(folder, "types.ts"), imports.join("\n"));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "esnext", "--types", "node"];
  const typeRoots = ["--typeRoots", join(root, "node_modules/@types")];
  const result = await capture(process.execPath, [compiler, ...options, ...typeRoots, "types.ts"], { cwd: folder });
  if (result.code !== 0) throw new Error(`The types: ${result.stdout}`);
}

async function checkVersion(version: string, folder: string): Promise<void> {
  const node = join(folder, "node_modules", alias(version), "bin/node");
  const command = await capture(node, ["node_modules/tenure/bin/tenure.cjs", "--version"], { cwd: folder });
  if (version === TOO_OLD) {
    const sentence = `tenure needs Node 22.13 or newer; this is Node ${version}.\n`;
    if (command.code === 1 && command.stderr === sentence && command.stdout === "") return;
    throw new Error(`Expected one sentence and exit status 1, got ${JSON.stringify(command)}`);
  }
  if (command.code !== 0) throw new Error(`The command: ${command.stderr}`);
  await checkImports(node, folder);
}

const folder = await mkdtemp(join(tmpdir(), "tenure-smoke-"));
try {
  await install(folder);
  await checkTypes(folder);
  for (const version of [TOO_OLD, ...SUPPORTED]) {
    await checkVersion(version, folder);
    console.log(
      `Node ${version}: ${version === TOO_OLD ? "refused with one sentence" : "every subpath and the command work"}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
