import { hrtime } from "node:process";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import type { OpenContestant, Place } from "./contestant.ts";
import { asyncCacheDedupe, cacheManager } from "./contestants/caches.ts";
import { advisoryLock, properLockfile, redlock } from "./contestants/locks.ts";
import { tenureOnPostgres, tenureOnSqlite } from "./contestants/tenure.ts";

const CONTESTANTS: Readonly<Record<string, OpenContestant>> = {
  "tenure, SQLite": tenureOnSqlite,
  "tenure, PostgreSQL": tenureOnPostgres,
  "Redlock 4": redlock,
  "proper-lockfile, 10 ms": properLockfile,
  "PostgreSQL advisory lock": advisoryLock,
  "cache-manager, Redis": cacheManager,
  "async-cache-dedupe, Redis": asyncCacheDedupe,
};

const { contestant: name, place } = JSON.parse(process.argv[2] ?? "") as { contestant: string; place: Place };
const service = new FoundryAgentService({
  endpoint: place.endpoint,
  ca: place.ca,
  credential: { getToken: () => Promise.resolve({ token: place.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
});
const open = CONTESTANTS[name];
if (open === undefined) throw new Error(`Unknown contestant ${name}.`);
const contestant = await open(place, service);
// Loads what a first call loads, so that a round measures the work alone.
for await (const _agent of service.listAgents()) break;

process.on("message", (message) => {
  if (typeof message !== "string") return;
  if (message === "end") {
    void contestant.close().then(() => process.disconnect());
    return;
  }
  // By the clock that all processes of the machine share: the way of the messages is not the contestant's.
  const from = hrtime.bigint();
  contestant.resolve(message).then(
    () => process.send?.({ from: String(from), until: String(hrtime.bigint()) }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ ready: true });
