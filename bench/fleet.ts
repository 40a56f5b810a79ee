/**
 * `npm run bench:fleet [-- agents latencyMs parallel rounds]`: how fast a fleet of 1,000 agents is applied, 8 at a time, at 20 ms latency and 5 % of 429. Beside
 * it, in turns, the floor: the requests that applying sends, bare, by as many workers that obey Retry-After in the same way. The ratio is of the best of each,
 * since what others do on the machine only ever slows. Exits with 1 above 1.10. The emulator runs in a process of its own.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFleet } from "../src/lifecycle/fleet/index.ts";
import { ProductionAgentManager } from "../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../src/registry/sqlite/index.ts";
import { systemRuntime } from "../src/runtime/index.ts";
import { FoundryAgentService } from "../src/services/foundry/index.ts";
import { BareClient } from "./fleet-floor.ts";

/** What the emulator asks a throttled caller to wait. */
const RETRY_AFTER_MS = 20;
const MOST = 1.1;

interface Load {
  readonly agents: number;
  readonly parallel: number;
}

interface Timing {
  readonly durationMs: number;
  readonly cpuMs: number;
}

const [role, ...rest] = process.argv.slice(2);
if (role === "--emulator") await serve(Number(rest[0]));
else {
  const [agents = 1_000, latencyMs = 20, parallel = 8, rounds = 3] = process.argv.slice(2).map(Number);
  process.exitCode = (await compare({ agents, parallel }, latencyMs, rounds)) <= MOST ? 0 : 1;
}

async function serve(latencyMs: number): Promise<void> {
  const { startEmulator } = await import("../src/emulator/index.ts");
  const emulator = await startEmulator({ http: true, latencyMs });
  const headers = { "retry-after-ms": String(RETRY_AFTER_MS) };
  emulator.faults([{ effect: "status", status: 429, headers, probability: 0.05, seed: 1 }]);
  process.send?.(emulator.endpoint);
  process.on("message", () => process.send?.(emulator.requests().map(({ status }) => status)));
  process.once("disconnect", () => void emulator.close());
}

/** Gives the ratio of the best times. */
async function compare(load: Load, latencyMs: number, rounds: number): Promise<number> {
  const best = { floor: Infinity, apply: Infinity };
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, work] of [
      ["floor", floor],
      ["apply", apply],
    ] as const) {
      const { durationMs, cpuMs, requests, throttled } = await underLatency(latencyMs, (endpoint) =>
        work(endpoint, load),
      );
      best[name] = Math.min(best[name], durationMs);
      const times = `${durationMs.toFixed(0)} ms, processor ${cpuMs.toFixed(0)} ms`;
      console.log(
        `${name}: ${load.agents} agents, ${load.parallel} at a time: ${times}; ${requests} requests, ${throttled} throttled`,
      );
    }
  }
  const ratio = best.apply / best.floor;
  console.log(
    `apply ${best.apply.toFixed(0)} ms, floor ${best.floor.toFixed(0)} ms: ratio ${ratio.toFixed(3)}, at most ${MOST}`,
  );
  return ratio;
}

async function underLatency(latencyMs: number, work: (endpoint: string) => Promise<Timing>) {
  const child = fork(import.meta.filename, ["--emulator", String(latencyMs)]);
  try {
    const [endpoint] = (await once(child, "message")) as [string];
    const timing = await work(endpoint);
    child.send("requests");
    const [statuses] = (await once(child, "message")) as [readonly (number | undefined)[]];
    return { ...timing, requests: statuses.length, throttled: statuses.filter((status) => status === 429).length };
  } finally {
    child.disconnect();
  }
}

async function floor(endpoint: string, { agents, parallel }: Load): Promise<Timing> {
  using client = new BareClient(endpoint, parallel);
  // As below, opening is not what is measured.
  await client.send("GET", "/agents");
  return await timed(async () => {
    await client.send("GET", "/agents");
    const names = Array.from({ length: agents }, (_, index) => `agent-${index}`).values();
    const work = async (): Promise<void> => {
      for (const name of names) await client.create(name);
    };
    await Promise.all(Array.from({ length: parallel }, work));
  });
}

async function apply(endpoint: string, { agents, parallel }: Load): Promise<Timing> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-bench-"));
  try {
    const entries = Array.from(
      { length: agents },
      (_, index) => `  agent-${index}: { instructions: "I am ${index}." }`,
    );
    const file = join(folder, "tenure.yaml");
    await writeFile(file, `defaults: { model: gpt-4.1 }\nagents:\n${entries.join("\n")}\n`);
    const credential = {
      getToken: () => Promise.resolve({ token: "bench", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }),
    };
    await using manager = new ProductionAgentManager({
      service: new FoundryAgentService({ endpoint, credential }),
      registry: new SqliteRegistry(join(folder, "registry.db")),
    });
    const fleet = await loadFleet(file);
    // Loading clients and opening the registry is not what is measured.
    await manager.planFleet({ ...fleet, agents: [] });
    return await timed(async () => {
      const { done, failed } = await manager.applyFleet(fleet, { parallel });
      if (done !== agents) throw new Error(`${failed} of ${agents} failed`);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<void>): Promise<Timing> {
  const [from, before] = [systemRuntime.monotonic(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { durationMs: systemRuntime.monotonic() - from, cpuMs: (user + system) / 1_000 };
}
