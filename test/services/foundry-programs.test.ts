import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { promisify } from "node:util";
import { startEmulator } from "../../src/emulator/index.ts";

async function runProgram(name: string, env: Readonly<Record<string, string>> = {}): Promise<Record<string, unknown>> {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test("importing and making the service loads no package, and a read neither OpenAI nor Azure's identity", async () => {
  const { atImport, atConstruction, atFirstRead } = await runProgram("what-is-loaded");
  assert.deepEqual(atImport, []);
  assert.deepEqual(atConstruction, []);
  assert.ok(Array.isArray(atFirstRead) && atFirstRead.includes("@azure/core-rest-pipeline"));
  assert.ok(!atFirstRead.includes("openai") && !atFirstRead.includes("@azure/identity"));
});

test("with nothing but the emulator's variables, DefaultAzureCredential and NODE_EXTRA_CA_CERTS do, for agents and runs", async () => {
  await using emulator = await startEmulator();
  assert.deepEqual(await runProgram("environment-only", emulator.env), { kind: "ok", status: "completed" });
  assert.equal(emulator.stats().versions, 1);
});

test("without a credential and without @azure/identity the error names the package", async () => {
  const { code, message, hint } = await runProgram("without-identity");
  assert.equal(code, "package_missing");
  assert.match(String(message), /@azure\/identity/);
  assert.match(String(hint), /npm install @azure\/identity/);
});
