import { appendFileSync } from "node:fs";
import { SqliteRegistry } from "../../../src/registry/sqlite/index.ts";

/**
 * Claims one lease again and again, on a file that it may have to make first, and notes in a log when it had it: `fence begin end`.
 * Arguments: file, log, name, rounds.
 */
const [path = "", log = "", id = "", rounds = "0"] = process.argv.slice(2);
await using registry = new SqliteRegistry(path);
const holder = { id, host: "host.invalid", pid: process.pid };
const resource = "agent|contended";
for (let round = 0; round < Number(rounds);) {
  const result = await registry.leases.claim({ resource, holder, ttlMs: 60_000 });
  if (result.outcome === "held") {
    await registry.leases.waitForChange({ resource, timeoutMs: 60_000 });
    continue;
  }
  const begin = process.hrtime.bigint();
  await new Promise((resolve) => setImmediate(resolve));
  const end = process.hrtime.bigint();
  appendFileSync(log, `${result.lease.fence} ${begin} ${end}\n`);
  await registry.leases.release({ lease: result.lease });
  round += 1;
}
