import assert from "node:assert/strict";
import test from "node:test";
import { sourceCode, sourceFiles } from "./source-imports.ts";

/**
 * The files that read clocks, set timers and draw random numbers; all others are given a `Runtime` or a `Clock`. The emulator's data file waits for the
 * disk, not for the emulated service's time.
 */
const SOURCES: ReadonlySet<string> = new Set([
  "runtime/system-runtime.ts",
  "emulator/clock.ts",
  "emulator/storage/data-file.ts",
]);

const TAKEN = /\b(Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|Math\.random\(|performance\.now\()|node:timers/;

test("time and chance are taken in one file, and given everywhere else", () => {
  const found = sourceFiles()
    .filter((path) => !SOURCES.has(path))
    .flatMap((path) =>
      sourceCode(path)
        .split("\n")
        .flatMap((line, at) => (TAKEN.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
    );
  assert.deepEqual(found, []);
});

test("the files that may take them do", () => {
  for (const path of SOURCES) assert.match(sourceCode(path), TAKEN);
});
