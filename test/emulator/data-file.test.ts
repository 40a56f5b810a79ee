import { spawnSync } from "node:child_process";
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import { openEmulator, promptDefinition } from "../support/emulator-call.ts";

async function openDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "emulator-data-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("agents, totals, ids and the identity header go on after a restart with the same data file", async () => {
  await using directory = await openDirectory();
  const dataFile = join(directory.path, "deep", "state.json");
  const first = await openEmulator({ dataFile });
  await first.call("POST", "/agents/a/versions", { definition: promptDefinition("1"), metadata: { k: "v" } });
  await first.call("POST", "/agents/a/versions", { definition: promptDefinition("2") });
  await first.call("DELETE", "/agents/a/versions/1");
  const before = await first.call("GET", "/agents/a");
  const stats = first.emulator.stats();
  const header = first.emulator.env.IDENTITY_HEADER;
  await first.emulator.close();
  assert.equal((await stat(dataFile)).mode & 0o777, 0o600);

  await using second = await openEmulator({ dataFile });
  assert.deepEqual((await second.call("GET", "/agents/a")).body, before.body);
  assert.deepEqual(second.emulator.stats(), stats);
  assert.equal(second.emulator.env.IDENTITY_HEADER, header);
  const next = await second.call("POST", "/agents/a/versions", { definition: promptDefinition("3") });
  assert.equal(next.body.version, "3");
  assert.notEqual(next.body.agent_guid, before.body.agent_guid);
});

test("a data file that is something else is refused with a sentence and left as it was", async () => {
  await using directory = await openDirectory();
  const dataFile = join(directory.path, "notes.txt");
  for (const [text, message] of [
    ["my notes", /something else or damaged/],
    ['{"format":"tenure-emulator","version":99}', /version 1, got 99 \(number\)/],
    ['{"format":"tenure-emulator","version":1,"state":{}}', /damaged/],
  ] as const) {
    await writeFile(dataFile, text);
    await assert.rejects(startEmulator({ dataFile }), message);
    assert.equal(await readFile(dataFile, "utf8"), text);
  }
  await assert.rejects(startEmulator({ dataFile: directory.path }), /to be a file, got a directory/);
});

test("no draft of the data file stays behind", async () => {
  await using directory = await openDirectory();
  const service = await openEmulator({ dataFile: join(directory.path, "state.json") });
  await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      service.call("POST", `/agents/a${index}/versions`, { definition: promptDefinition("x") }),
    ),
  );
  await service.emulator.close();
  assert.deepEqual(await readdir(directory.path), ["state.json"]);
});

test("wrong options are refused before anything is opened", async () => {
  for (const [options, message] of [
    [{ port: 70_000 }, /Expected `port` to be a whole number from 0 to 65535, got 70000 \(number\)/],
    [{ upstream: "localhost" }, /Expected `upstream` to be an http or https URL, got "localhost"/],
    [{ project: "a/b" }, /Expected `project`/],
    [{ latencyMs: -1 }, /Expected `latencyMs`/],
    [{ prot: 1 }, /There is no `prot` \(known: port, /],
    [{ behaviour: { dedup: "all" } }, /There is no `behaviour.dedup`/],
    [{ behaviour: { dedupe: "x" } }, /Expected `behaviour.dedupe` to be "definition" or "all" or "off", got "x"/],
    [{ behaviour: { listLagMs: "5" } }, /Expected `behaviour.listLagMs` to be a number, got "5"/],
  ] as const) {
    await assert.rejects(
      startEmulator(options as EmulatorOptions),
      (error: unknown) => error instanceof TypeError && message.test(error.message),
    );
  }
});

test("a data file serves one emulator at a time, also after one that failed to start or was killed", async () => {
  await using directory = await openDirectory();
  const dataFile = join(directory.path, "state.json");
  await using first = await startEmulator({ dataFile });
  await assert.rejects(startEmulator({ dataFile }), new RegExp(`emulator of process ${process.pid} uses it`));
  const other = join(directory.path, "other.json");
  await assert.rejects(startEmulator({ dataFile: other, port: Number(new URL(first.endpoint).port) }), {
    code: "EADDRINUSE",
  });
  await (await startEmulator({ dataFile: other })).close();
  // Of a process that is gone, of one that had our number before a restart, and cut off by a crash.
  const gone = spawnSync(process.execPath, ["--version"]).pid;
  for (const owner of [String(gone), String(process.pid), ""]) {
    await writeFile(`${other}.lock`, owner);
    await (await startEmulator({ dataFile: other })).close();
  }
  await writeFile(`${other}.lock`, String(process.ppid));
  await assert.rejects(startEmulator({ dataFile: other }), /If there is none, delete .*other\.json\.lock/);
});
