import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { promisify } from "node:util";
import type { TenureErrorCode } from "../../src/errors/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { ALICE, commit, keyOf, LOCATION, newEvent } from "../../src/testing/registry/fixtures.ts";
import { rejectsWith } from "../../src/testing/registry/registry-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A user who owns nothing here, where the tests run as root, whom no mode stops. */
const NOBODY = 65_534;
const PROGRAM = new URL("programs/open-registry.ts", import.meta.url).pathname;

async function opening(path: string): Promise<void> {
  await using registry = new SqliteRegistry(path);
  await registry.open();
}

async function openedByNobody(path: string): Promise<string> {
  const user = userInfo().uid === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", PROGRAM, path], user);
  return stdout.trim();
}

test("a path that is a directory is refused", async () => {
  await using folder = await temporaryFolder();
  await rejectsWith(opening(folder.path), "registry_not_a_file");
});

test("a path below a file is refused", async () => {
  await using folder = await temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  await rejectsWith(opening(join(folder.path, "file", "registry.db")), "registry_not_a_file");
});

test("a file that is not a database is refused and left as it is", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "notes.txt");
  writeFileSync(path, "These are notes, and no database at all.\n".repeat(100));
  await rejectsWith(opening(path), "registry_not_a_database");
  assert.equal(statSync(path).size, 4100);
});

test("a database of another program is refused and left as it is", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "other.db");
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE customers (id INTEGER)");
  await rejectsWith(opening(path), "registry_not_a_database");
  const tables = other.prepare("SELECT name FROM sqlite_schema").all();
  assert.deepEqual(
    tables.map(({ name }) => name),
    ["customers"],
  );
  assert.deepEqual({ ...other.prepare("PRAGMA journal_mode").get() }, { journal_mode: "delete" });
  other.close();
});

test("a damaged database is refused", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await opening(path);
  const size = statSync(path).size;
  writeFileSync(path, Buffer.alloc(size, 7), { flag: "r+" });
  await rejectsWith(opening(path), "registry_not_a_database");
});

test("a newer schema is refused with a sentence that names both versions", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await opening(path);
  const newer = new DatabaseSync(path);
  newer.exec("INSERT INTO schema_version VALUES (999, 0)");
  newer.close();
  const error = await rejectsWith(opening(path), "registry_schema_newer");
  assert.match(error.message, /version 999.*up to \d+.*newer Tenure/);
});

test("a file or a folder that may not be written is refused", async () => {
  await using folder = await temporaryFolder();
  chmodSync(folder.path, 0o755);
  const path = join(folder.path, "registry.db");
  await opening(path);
  chmodSync(path, 0o444);
  assert.equal(await openedByNobody(path), "registry_read_only");
  const closed = join(folder.path, "closed");
  mkdirSync(closed, { mode: 0o555 });
  assert.equal(await openedByNobody(join(closed, "registry.db")), "registry_read_only");
  assert.equal(await openedByNobody(join(closed, "deeper", "registry.db")), "registry_read_only");
});

test("a full database refuses the write with registry_full, keeps what it has and goes on reading", async () => {
  await using folder = await temporaryFolder();
  await using registry = new SqliteRegistry(join(folder.path, "registry.db"), { maxBytes: 400_000 });
  const event = { ...newEvent("big", "a", 1), data: { text: "x".repeat(20_000) } };
  let written = 0;
  const fill = async (): Promise<void> => {
    for (;;) {
      await registry.events.append({ events: [event] });
      written += 1;
    }
  };
  const error = await rejectsWith(fill(), "registry_full");
  assert.equal(error.retryable, true);
  assert.ok(written > 0);
  assert.equal((await registry.events.list({ location: LOCATION })).items.length, written);
});

test("a file that another process keeps is busy after the time that was given, and works afterwards", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await using registry = new SqliteRegistry(path, { busyTimeoutMs: 20 });
  await registry.open();
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const error = await rejectsWith(commit(registry, keyOf("a")), "registry_busy");
  assert.equal(error.retryable, true);
  assert.equal(await registry.agents.get({ key: keyOf("a") }), undefined);
  other.exec("ROLLBACK");
  other.close();
  await commit(registry, keyOf("a"));
});

test("waiting for a busy file lets the rest of the program run", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await using registry = new SqliteRegistry(path);
  await registry.open();
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const writing = commit(registry, keyOf("a"));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  other.exec("ROLLBACK");
  other.close();
  assert.equal((await writing).agent.key.name, "a");
});

test("the file and those beside it can be read by their owner only, and folders are made", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a", "b", "registry.db");
  await using registry = new SqliteRegistry(path);
  await registry.open();
  for (const file of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  assert.equal(statSync(join(folder.path, "a")).mode & 0o777, 0o700);
});

test("a file that was deleted is made anew by the next write, and its leases are lost", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "registry.db");
  await using registry = new SqliteRegistry(path);
  const { outcome, lease } = await registry.leases.claim({ resource: "agent|x", holder: ALICE, ttlMs: 60_000 });
  assert.equal(outcome, "claimed");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`);
  await rejectsWith(registry.leases.renew({ lease, ttlMs: 60_000 }), "lease_lost");
  await using other = new SqliteRegistry(path);
  await commit(registry, keyOf("a"));
  assert.notEqual(await other.agents.get({ key: keyOf("a") }), undefined);
});

test("wrong options are refused before any I/O", () => {
  const wrong: readonly [path: unknown, options: object][] = [
    ["", {}],
    [undefined, {}],
    ["a\0b", {}],
    ["x.db", { busyTimeoutMs: -1 }],
    ["x.db", { busyTimeoutMs: 1.5 }],
    ["x.db", { maxBytes: 1 }],
  ];
  const code: TenureErrorCode = "invalid_option";
  for (const [path, options] of wrong) assert.throws(() => new SqliteRegistry(path as string, options), { code });
});

test("a registry in memory works and ends with its object", async () => {
  await using first = new SqliteRegistry(":memory:");
  await using second = new SqliteRegistry(":memory:");
  await commit(first, keyOf("a"));
  assert.equal(first.capabilities.durable, false);
  assert.equal(await second.agents.get({ key: keyOf("a") }), undefined);
});

test("importing the registry loads no database", async () => {
  const program = `import "${new URL("../../src/registry/sqlite/index.ts", import.meta.url).pathname}";
    console.log(process.moduleLoadList.filter((name) => name.includes("sqlite")).length);`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  assert.equal(stdout.trim(), "0");
});
