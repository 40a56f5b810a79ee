import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import test from "node:test";

const root = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
};

/** Starts the command in a Node that says it is another version. */
function launchAs(version: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = `
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });
    process.argv.splice(1, 0, "tenure");
    require("./bin/tenure.cjs");`;
  return new Promise((resolve) => {
    execFile(process.execPath, ["--eval", script, "--", "--version"], { cwd: root }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("on a Node that is too old the command says so in one sentence and exits with 1", async () => {
  for (const version of ["10.24.1", "20.20.2", "22.12.0"]) {
    const stderr = `tenure needs Node 22.13 or newer; this is Node ${version}.\n`;
    assert.deepEqual(await launchAs(version), { code: 1, stdout: "", stderr });
  }
});

test("on a Node that is new enough the command answers", async () => {
  for (const version of ["22.13.0", "24.0.0", "26.10.0"]) {
    assert.deepEqual(await launchAs(version), { code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  }
});

test(
  "Node leaves the command's own --env-file alone",
  { skip: process.platform === "win32" && "no shebang" },
  async () => {
    const args = ["--env-file", "/nonexistent", "agnets"];
    const env = { PATH: dirname(process.execPath) + delimiter + (process.env["PATH"] ?? "") };
    const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
      execFile(join(root, "bin/tenure.cjs"), args, { env }, (error, _, text) => {
        resolve({ code: Number(error?.code), stderr: text });
      });
    });
    assert.equal(code, 2);
    assert.match(stderr, /unknown option '--env-file'/);
  },
);

test("every subpath leads to a file of the build and to its types", () => {
  const files = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === "string" ? [entry] : [entry.types, entry.default],
  );
  assert.deepEqual(
    files.filter((file) => !existsSync(join(root, file))),
    [],
  );
});
