import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { formatEnvironment } from "../../src/cli/commands/emulator.ts";
import { readExports, runProgram, startEmulatorProcess } from "../support/emulator-process.ts";

test("the command prints its variables and nothing else, writes them to a file, and ends cleanly on SIGTERM", async () => {
  await using emulator = await startEmulatorProcess(["--env-file", "DIR/env", "--data", "DIR/state.json"]);
  assert.deepEqual(Object.keys(emulator.environment), [
    "FOUNDRY_PROJECT_ENDPOINT",
    "FOUNDRY_MODEL_NAME",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "NODE_EXTRA_CA_CERTS",
  ]);
  const envFile = join(emulator.directory, "env");
  assert.deepEqual(readExports(await readFile(envFile, "utf8")), emulator.environment);
  assert.equal((await stat(envFile)).mode & 0o777, 0o600);
  const result = await emulator.stop("SIGTERM");
  assert.equal(result.exitCode, 0);
  assert.deepEqual(readExports(result.stdout), emulator.environment);
  assert.match(result.stderr, /ready at https:\/\/localhost:\d+\/api\/projects\/emulator/);
});

test("--quiet says nothing on standard error, and SIGINT ends the command too", async () => {
  await using emulator = await startEmulatorProcess(["--quiet"]);
  const result = await emulator.stop("SIGINT");
  assert.deepEqual([result.exitCode, result.stderr], [0, ""]);
});

test("certificates that were trusted before are told of, since the printed line takes their place", async () => {
  await using emulator = await startEmulatorProcess([], { NODE_EXTRA_CA_CERTS: "/company/bundle.pem" });
  const { stderr } = await emulator.stop("SIGTERM");
  assert.match(stderr, /NODE_EXTRA_CA_CERTS is \/company\/bundle\.pem now; .* trusted no more\./);
});

test("a port that is none is refused in one sentence", async () => {
  const result = await runProgram("command.ts", ["emulator", "--port", "http"], {});
  assert.equal(result.exitCode, 1);
  assert.match(result.stderr, /Expected a whole number from 0 to 65535/);
});

test("values that a shell would take apart are quoted", () => {
  assert.equal(
    formatEnvironment({ A: "/plain/path-1.pem", B: "it's here" }),
    "export A=/plain/path-1.pem\nexport B='it'\\''s here'\n",
  );
});
