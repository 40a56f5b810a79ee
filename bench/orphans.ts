/**
 * `npm run bench:orphans [-- count]`: so many agents that a lost registry left behind (10,000) are recorded, marked and removed in batches, with the live heap
 * measured on the way. Exits with 1 if one is left or if memory grew with their number. Emulator and cleanup run in processes of their own: neither weighs on the other's heap.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CleanupReport, ProductionAgentManager } from "../src/lifecycle/index.ts";
import { SqliteRegistry } from "../src/registry/sqlite/index.ts";
import { systemRuntime } from "../src/runtime/index.ts";
import { FoundryAgentService } from "../src/services/foundry/index.ts";
import { LiveHeap } from "./live-heap.ts";

/** Deletions of one run. */
const BATCH = 2_500;
/** The definition of each orphan: ten thousand that were kept would be twice the allowed growth at least. */
const INSTRUCTIONS = "Lost. ".repeat(400);
const MOST_GROWTH_MB = 12;
/** The whole heap of the cleaning process. */
const HEAP_MB = 96;
const TIMES = { lateMs: 0, freshMs: 100, timeoutMs: 2_000, flushMs: 50 };
const GRACE_MS = TIMES.freshMs + TIMES.timeoutMs + TIMES.flushMs;

const [role, argument = ""] = process.argv.slice(2);
if (role === "--emulator") await serve();
else if (role === "--clean") await clean(argument);
else await measure(Number(role ?? 10_000));

async function measure(count: number): Promise<void> {
  const emulator = fork(import.meta.filename, ["--emulator"]);
  const [endpoint] = (await once(emulator, "message")) as [string];
  try {
    await leaveBehind(endpoint, count);
    const flags = ["--expose-gc", `--max-old-space-size=${HEAP_MB}`];
    const cleaner = fork(import.meta.filename, ["--clean", endpoint], { execArgv: flags });
    const [code] = (await once(cleaner, "exit")) as [number | null];
    process.exitCode = code ?? 1;
  } finally {
    emulator.disconnect();
  }
}

async function serve(): Promise<void> {
  const { startEmulator } = await import("../src/emulator/index.ts");
  const emulator = await startEmulator({ http: true });
  process.once("disconnect", () => void emulator.close());
  process.send?.(emulator.endpoint);
}

/** Agents with our stamp that no registry knows. */
async function leaveBehind(endpoint: string, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, number) => number).values();
  const make = async (): Promise<void> => {
    for (const number of numbers) {
      const answer = await fetch(`${endpoint}/agents/lost-${number}/versions?api-version=v1`, {
        method: "POST",
        headers: { authorization: "Bearer bench", "content-type": "application/json" },
        body: JSON.stringify(orphan(number)),
      });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    }
  };
  await Promise.all([make(), make(), make(), make()]);
}

function orphan(number: number): unknown {
  return {
    metadata: {
      tenure_scope: "default",
      tenure_agent: `lost-${number}`,
      tenure_fingerprint: `v1:${String(number).padStart(64, "0")}`,
      tenure_intent: `i${number}`,
    },
    definition: { kind: "prompt", model: "gpt-4.1", instructions: `${INSTRUCTIONS}${number}` },
  };
}

async function clean(endpoint: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-orphans-"));
  try {
    const heap = new LiveHeap();
    await using manager = new ProductionAgentManager({
      service: new FoundryAgentService({
        endpoint,
        credential: {
          getToken: () => Promise.resolve({ token: "bench", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }),
        },
      }),
      registry: new SqliteRegistry(join(folder, "registry.db")),
      ...TIMES,
      onEvent: ({ type }) => {
        if (type === "orphan.recorded" || type === "revision.deleted") heap.passed();
      },
    });
    // Clients load and open with the first call.
    await manager.listAgents();
    await systemRuntime.sleep(GRACE_MS);
    const left = await cleanInBatches(manager, heap);
    const verdict = left === 0 && heap.growthMb < MOST_GROWTH_MB ? "bounded" : "BROKEN";
    console.log(`${left} left; the live heap grew by ${heap.growthMb.toFixed(1)} MB at most: ${verdict}`);
    process.exitCode = verdict === "bounded" ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Until a run finds nothing to record and nothing to delete. Gives the number of agents that the service still has. */
async function cleanInBatches(manager: ProductionAgentManager, heap: LiveHeap): Promise<number> {
  const policies = { grace: GRACE_MS, stopAbove: 100, maxPerRun: { count: BATCH } };
  let report: CleanupReport;
  do {
    const from = systemRuntime.monotonic();
    report = await manager.cleanup({ apply: true, policies });
    const seconds = ((systemRuntime.monotonic() - from) / 1_000).toFixed(1);
    const { record, delete: deleted } = report.counts;
    console.log(`${record} recorded, ${deleted} deleted, ${report.deferred} deferred in ${seconds} s; ${heap.tell()}`);
    const [failure] = report.failed;
    if (failure !== undefined) throw failure.error;
    if (record > 0) await systemRuntime.sleep(GRACE_MS);
  } while (report.counts.record + report.counts.delete > 0);
  return (await Array.fromAsync(manager.service.listAgents())).length;
}
