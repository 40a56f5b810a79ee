import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CONTEND = new URL("programs/contend.ts", import.meta.url).pathname;
const LIVE = new URL("programs/live.ts", import.meta.url).pathname;

test("of four processes that make one file and contend for one lease, exactly one has it at a time", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "new", "registry.db");
  const log = join(folder.path, "log");
  const rounds = 40;
  await Promise.all(
    ["a", "b", "c", "d"].map((name) =>
      promisify(execFile)(process.execPath, ["--no-warnings", CONTEND, path, log, name, String(rounds)]),
    ),
  );
  const turns = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(BigInt))
    .sort(([, a = 0n], [, b = 0n]) => (a < b ? -1 : 1));
  assert.equal(turns.length, 4 * rounds);
  for (const [index, [fence = 0n, begin = 0n]] of turns.entries()) {
    const [fenceBefore = 0n, , endBefore = 0n] = turns[index - 1] ?? [0n, 0n, 0n];
    assert.ok(begin >= endBefore, "two had the lease at once");
    assert.ok(fence > fenceBefore, "a fence did not grow");
  }
});

test("a process that was killed is dead at once, and one that lives is not", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await using registry = new SqliteRegistry(path);
  await registry.open();
  const child = spawn(process.execPath, ["--no-warnings", LIVE, path, "child"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const identity = { id: "child", host: hostname(), pid: child.pid ?? 0 };
  assert.equal(await registry.processes.isDead({ process: identity }), false);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await registry.processes.isDead({ process: identity }), true);
});

test("a process number that now belongs to another process does not keep the first alive", async () => {
  await using registry = new SqliteRegistry(":memory:");
  // As if it had been registered by a process that started at another time.
  const identity = { id: "before", host: hostname(), pid: process.pid };
  await registry.processes.register({ process: identity });
  assert.equal(await registry.processes.isDead({ process: identity }), false);
  assert.equal(await registry.processes.isDead({ process: { ...identity, pid: 1 } }), true);
});

test("a process that withdrew is dead at once for its own connection, and for others that saw it alive soon", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await using registry = new SqliteRegistry(path);
  await using other = new SqliteRegistry(path);
  const identity = { id: "here", host: hostname(), pid: process.pid };
  await registry.processes.register({ process: identity });
  assert.equal(await registry.processes.isDead({ process: identity }), false);
  assert.equal(await other.processes.isDead({ process: identity }), false);
  await registry.processes.unregister({ processId: identity.id });
  assert.equal(await registry.processes.isDead({ process: identity }), true);
  while (!(await other.processes.isDead({ process: identity }))) await setImmediate();
});

test("nothing is known of a process of another host, or of one that never registered", async () => {
  await using registry = new SqliteRegistry(":memory:");
  const identity = { id: "far", host: "another.invalid", pid: 2 ** 22 + 1 };
  await registry.processes.register({ process: identity });
  assert.equal(await registry.processes.isDead({ process: identity }), false);
  assert.equal(await registry.processes.isDead({ process: { ...identity, id: "unknown", host: hostname() } }), false);
});
