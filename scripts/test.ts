/**
 * `npm test [-- WORD…]`: builds, then runs the tests whose path contains one of the words, or all of them.
 *
 * The files of one folder share a process (`--test-isolation=none`): starting Node and loading the Azure and OpenAI packages once per file costs more than
 * the tests themselves. Two folders run at a time, because the smallest machine that this must be quick on has two cores.
 */
import { glob } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { capture } from "./command.ts";

const root = join(import.meta.dirname, "..");

const AT_A_TIME = Math.min(2, availableParallelism());
/** A test that hangs fails by name after the first time; a group that still does not end, because something keeps its process alive, after the second. */
const TEST_LIMIT_MS = 120_000;
const GROUP_LIMIT_MS = 360_000;
/** Lines of the runner's own summary, in its order. */
const COUNTS = ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo"] as const;

type Counts = Record<(typeof COUNTS)[number], number>;

interface GroupResult {
  readonly folder: string;
  readonly ok: boolean;
  readonly counts: Counts;
}

const started = performance.now();
const words = process.argv.slice(2);
const files = await findTests(words);
if (files.length === 0) {
  console.error(`No test file has a path that contains ${words.join(" or ")}.`);
  process.exit(1);
}
const build = await capture(process.execPath, ["scripts/build.ts"], { cwd: root });
if (build.code !== 0) {
  console.error(`The build failed; no test was run.\n${build.stdout}${build.stderr}`);
  process.exit(1);
}
const results = await runGroups(groupByFolder(files));
printSummary(results);
const failed = results.filter((result) => !result.ok).map(({ folder }) => folder);
if (failed.length > 0) {
  console.log(`\nFailed: ${failed.join(", ")} (see "failing tests" above)`);
  process.exitCode = 1;
}

async function findTests(filter: readonly string[]): Promise<string[]> {
  const found = await Array.fromAsync(glob("test/**/*.test.ts", { cwd: root }));
  const paths = found.map((path) => path.replaceAll(sep, "/")).toSorted();
  return paths.filter((path) => filter.length === 0 || filter.some((word) => path.includes(word)));
}

/** The folders directly below `test`, the fullest first, so that the last to end is a short one. */
function groupByFolder(paths: readonly string[]): string[][] {
  const groups = Map.groupBy(paths, folderOf);
  return [...groups.values()].toSorted((one, other) => other.length - one.length);
}

function folderOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

async function runGroups(groups: readonly (readonly string[])[]): Promise<GroupResult[]> {
  const done: GroupResult[] = [];
  const waiting = groups.values();
  const work = async (): Promise<void> => {
    for (const group of waiting) done.push(await runGroup(group));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return done;
}

/** A group's output appears in one piece when it has ended, so that two groups do not mix. */
async function runGroup(group: readonly string[]): Promise<GroupResult> {
  const flags = ["--test", "--test-isolation=none", "--test-reporter=spec", `--test-timeout=${TEST_LIMIT_MS}`];
  const env = {
    NODE_COMPILE_CACHE: join(root, "node_modules/.cache/tenure-compile"),
    ...process.env,
    ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
  };
  const { code, stdout, stderr } = await capture(process.execPath, [...flags, ...group], {
    cwd: root,
    env,
    timeout: GROUP_LIMIT_MS,
  });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  if (code === null)
    console.error(`${folderOf(group[0] ?? "")} was ended by a signal, or did not end in ${GROUP_LIMIT_MS / 1000} s.`);
  const counts = readCounts(stripVTControlCharacters(stdout));
  // A group that ran nothing did not pass: the runner ends with 0 also when it was given nothing that it can read.
  return { folder: folderOf(group[0] ?? ""), ok: code === 0 && counts.tests > 0, counts };
}

function readCounts(output: string): Counts {
  const read = (name: string): number => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(output)?.[1] ?? 0);
  return Object.fromEntries(COUNTS.map((name) => [name, read(name)])) as Counts;
}

function printSummary(results: readonly GroupResult[]): void {
  const total = (name: keyof Counts): number => results.reduce((sum, result) => sum + result.counts[name], 0);
  console.log(`\nAll groups (${files.length} files)`);
  for (const name of COUNTS) console.log(`ℹ ${name} ${total(name)}`);
  console.log(`ℹ duration_ms ${(performance.now() - started).toFixed(0)}`);
}
