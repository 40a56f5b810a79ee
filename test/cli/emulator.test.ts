import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import test from "node:test";

const launcher = join(import.meta.dirname, "../../bin/tenure.cjs");

test("tenure emulator prints the variables and nothing else, writes them to a file, and ends cleanly on SIGTERM", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenure-emulator-"));
  const envFile = join(folder, "variables");
  const args = ["--", launcher, "emulator", "--port", "0", "--env-file", envFile];
  const child = spawn(process.execPath, args, { env: { PATH: process.env["PATH"] ?? "", TENURE_HOME: folder } });
  try {
    const [printed, noted] = [text(child.stdout), text(child.stderr)];
    await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, await noted);
    assert.match(await printed, /^(export [A-Z_]+=\S+\n){5}$/);
    assert.match(await printed, /^export FOUNDRY_PROJECT_ENDPOINT=https:\/\/localhost:\d+\/api\/projects\/emulator$/m);
    assert.equal(await readFile(envFile, "utf8"), await printed);
    assert.equal((await stat(envFile)).mode & 0o777, 0o600);
  } finally {
    child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});

test(
  "started by npx, tenure emulator ends with the shell that npx put before it",
  { skip: process.platform === "win32" && "no sh", timeout: 30_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tenure-emulator-"));
    const env = { PATH: process.env["PATH"] ?? "", TENURE_HOME: folder, npm_command: "exec", NODE: process.execPath };
    // The second command keeps the shell from becoming the emulator.
    const shell = spawn("sh", ["-c", `"$NODE" -- "$0" emulator --port 0; true`, launcher], { env, detached: true });
    try {
      await Promise.race([once(shell.stdout, "data"), once(shell, "close")]);
      shell.kill("SIGTERM");
      // Both pipes end only when the emulator has ended, too.
      shell.stdout.resume();
      shell.stderr.resume();
      await once(shell, "close");
      assert.equal(shell.signalCode, "SIGTERM");
    } finally {
      endGroup(shell.pid);
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** Ends what a detached process has left of its group. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing was left.
  }
}
