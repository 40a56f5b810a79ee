/**
 * `npm run bench:one-create`: 8 processes, one configuration, a create of 200 ms. From the first call to the last answer, as a ratio to one create by one process of the
 * same kind, median of 15 rounds after 20 that warm up, the quietest of three series since what others do on the machine only ever slows, beside the locks and the caches that people use for it. Redis is optional: without `redis-server` its rows say so.
 * Ends with 1 if Tenure makes more than one version, or passes its bound.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator } from "../../src/emulator/index.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import type { Place } from "./contestant.ts";

const ROUNDS = Number(process.env["ROUNDS"] ?? 15);
const SERIES = Number(process.env["SERIES"] ?? 3);
/** Rounds before those that count: what a compiler has not seen often it runs slowly, and every contestant's code is long. */
const WARM_UP = Number(process.env["WARM_UP"] ?? 20);
const PROCESSES = 8;
const CREATE_MS = 200;
const WANTED = process.env["CONTESTANT"];
/** Most that 8 processes may take, as a ratio to one. */
const BOUNDS: Readonly<Record<string, number>> = { "tenure, SQLite": 1.03, "tenure, PostgreSQL": 1.06 };
const ON_REDIS = ["Redlock 4", "cache-manager, Redis", "async-cache-dedupe, Redis"];
const NAMES = [...Object.keys(BOUNDS), "PostgreSQL advisory lock", "proper-lockfile, 10 ms", ...ON_REDIS].filter(
  (name) => WANTED === undefined || name.startsWith(WANTED),
);

const emulator = await startEmulator();
const postgres = await startPostgres();
const redis = await startRedis();
const folder = mkdtempSync(join(tmpdir(), "tenure-bench-"));
const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
const place: Place = {
  endpoint: emulator.endpoint,
  ca: emulator.ca,
  token,
  folder,
  postgresUrl: postgres.url,
  redisUrl: redis?.url,
};

console.log(
  `8 processes, one configuration, create of ${CREATE_MS} ms; median of ${ROUNDS} rounds, best of ${SERIES} series, after ${WARM_UP} rounds that warm up`,
);
console.log("contestant                    one process   8 processes   ratio   creates");
try {
  for (const name of NAMES) {
    if (ON_REDIS.includes(name) && redis === undefined) {
      console.log(`${name.padEnd(28)}  left out: no redis-server on the PATH`);
      continue;
    }
    await measure(name);
  }
} finally {
  await emulator.close();
  await postgres.close();
  redis?.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: string): Promise<void> {
  const workers = await Promise.all(Array.from({ length: PROCESSES }, () => startWorker(name)));
  const [single] = workers;
  if (single === undefined) return;
  const best = { one: Infinity, all: Infinity, creates: 0 };
  for (let series = 1; series <= SERIES; series += 1) {
    const seen = await measureSeries(`${slug(name)}-${series}`, workers, single, series === 1 ? WARM_UP : 0);
    best.one = Math.min(best.one, seen.one);
    best.all = Math.min(best.all, seen.all);
    best.creates = Math.max(best.creates, seen.creates);
  }
  for (const worker of workers) worker.send("end");
  await Promise.all(workers.filter((worker) => worker.exitCode === null).map((worker) => once(worker, "exit")));
  const { one, all, creates: most } = best;
  const bound = BOUNDS[name];
  const isKept = bound === undefined || (all / one <= bound && most === 1);
  if (!isKept) process.exitCode = 1;
  console.log(
    `${name.padEnd(28)} ${one.toFixed(1).padStart(9)} ms ${all.toFixed(1).padStart(10)} ms   ${(all / one).toFixed(3)}   ${most}${isKept ? "" : `   expected at most ${bound}, and 1 create`}`,
  );
}

/** Medians of one series of rounds. One process and all in turn, so that both see the same machine. */
async function measureSeries(
  agentName: string,
  workers: readonly ChildProcess[],
  single: ChildProcess,
  warmUp: number,
): Promise<{ readonly one: number; readonly all: number; readonly creates: number }> {
  const alone: number[] = [];
  const together: number[] = [];
  let most = 0;
  for (let round = 1 - warmUp; round <= ROUNDS; round += 1) {
    const one = await time([single], `${agentName}-one-${round}`);
    const all = await time(workers, `${agentName}-all-${round}`);
    if (round <= 0) continue;
    alone.push(one.ms);
    together.push(all.ms);
    most = Math.max(most, all.creates);
  }
  return { one: median(alone), all: median(together), creates: most };
}

async function time(
  workers: readonly ChildProcess[],
  agentName: string,
): Promise<{ readonly ms: number; readonly creates: number }> {
  emulator.clearFaults();
  emulator.faults([
    { method: "POST", path: "/versions", effect: "delay", delayMs: CREATE_MS, probability: 1, before: true },
  ]);
  const before = creates();
  const answers = workers.map((worker) => once(worker, "message"));
  for (const worker of workers) worker.send(agentName);
  const calls = (await Promise.all(answers)).map(([message]) => callOf(message));
  const from = Math.min(...calls.map((call) => call.from));
  const until = Math.max(...calls.map((call) => call.until));
  return { ms: until - from, creates: creates() - before };
}

/** When a process called and when it had its answer, in milliseconds of the clock that all share. */
function callOf(message: unknown): { readonly from: number; readonly until: number } {
  const { from, until } = message as { readonly from?: string; readonly until?: string };
  if (from === undefined || until === undefined) throw new Error(JSON.stringify(message));
  return { from: Number(from) / 1e6, until: Number(until) / 1e6 };
}

/** Requests that create: the service may give equal ones the same version, and who relies on that makes no agent once. */
function creates(): number {
  return emulator.requests().filter(({ method, path }) => method === "POST" && path.endsWith("/versions")).length;
}

async function startWorker(contestant: string): Promise<ChildProcess> {
  const worker = fork(new URL("worker.ts", import.meta.url), [JSON.stringify({ contestant, place })]);
  const [message] = await Promise.race([once(worker, "message"), once(worker, "exit")]);
  if (typeof message !== "object") throw new Error(`A process of ${contestant} ended.`);
  return worker;
}

async function startRedis(): Promise<{ readonly url: string; close(): void } | undefined> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") return undefined;
  const server = spawn(
    "redis-server",
    ["--port", String(address.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const started = new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.stdout.on("data", (chunk: Buffer) => {
      if (chunk.includes("Ready to accept connections")) resolve(true);
    });
  });
  return (await started) ? { url: `redis://127.0.0.1:${address.port}`, close: () => void server.kill() } : undefined;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}
