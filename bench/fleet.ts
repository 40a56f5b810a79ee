/**
 * How fast a fleet of 1,000 agents is applied, against what the parallelism allows: every request takes the emulator's latency, and what 5 % of 429 ask to wait.
 * Beside it stands the same against the time that the agents themselves took, which tells a slow machine from idle hands: on a busy one the first ratio
 * grows and the second stays. Run it: node bench/fleet.ts [agents] [latencyMs]. The emulator runs in a process of its own.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadFleet } from "../src/lifecycle/fleet/index.ts";
import { ProductionAgentManager } from "../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../src/services/foundry/index.ts";

/** What the emulator asks a throttled caller to wait. */
const RETRY_AFTER_MS = 20;

interface EmulatorFacts {
  readonly endpoint: string;
}

if (process.argv[2] === "--emulator") await serve(Number(process.argv[3]));
else await measure(Number(process.argv[2] ?? 1_000), Number(process.argv[3] ?? 20));

async function serve(latencyMs: number): Promise<void> {
  const { startEmulator } = await import("../src/emulator/index.ts");
  const emulator = await startEmulator({ http: true, latencyMs });
  const headers = { "retry-after-ms": String(RETRY_AFTER_MS) };
  emulator.faults([{ effect: "status", status: 429, headers, probability: 0.05, seed: 1 }]);
  process.send?.({ endpoint: emulator.endpoint });
  process.on("message", () => process.send?.(emulator.requests().map(({ status }) => status)));
  process.once("disconnect", () => void emulator.close());
}

async function measure(agents: number, latencyMs: number): Promise<void> {
  for (const parallel of [4, 8, 16]) {
    const child = fork(import.meta.filename, ["--emulator", String(latencyMs)]);
    const [facts] = (await once(child, "message")) as [EmulatorFacts];
    const { durationMs, busyMs, cpuMs } = await apply(facts.endpoint, agents, parallel);
    child.send("requests");
    const [statuses] = (await once(child, "message")) as [readonly (number | undefined)[]];
    child.disconnect();
    const throttled = statuses.filter((status) => status === 429).length;
    const allowedMs = (statuses.length * latencyMs + throttled * RETRY_AFTER_MS) / parallel;
    const line = `parallel ${parallel}: ${agents} agents in ${durationMs.toFixed(0)} ms, ${statuses.length} requests, ${throttled} throttled`;
    console.log(
      `${line}; the parallelism allows ${allowedMs.toFixed(0)} ms: ratio ${(durationMs / allowedMs).toFixed(3)}`,
    );
    const ownRatio = (durationMs * parallel) / busyMs;
    console.log(`  against the agents' own time: ratio ${ownRatio.toFixed(3)}; processor ${cpuMs.toFixed(0)} ms`);
  }
}

interface Timing {
  readonly durationMs: number;
  /** Sum over the agents. */
  readonly busyMs: number;
  readonly cpuMs: number;
}

async function apply(endpoint: string, count: number, parallel: number): Promise<Timing> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-bench-"));
  try {
    const entries = Array.from({ length: count }, (_, index) => `  agent-${index}: { instructions: "I am ${index}." }`);
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
    const from = process.cpuUsage();
    const report = await manager.applyFleet(fleet, { parallel });
    if (report.done !== count) throw new Error(`${report.failed} of ${count} failed`);
    const { user, system } = process.cpuUsage(from);
    const busyMs = report.results.reduce((sum, result) => sum + result.durationMs, 0);
    return { durationMs: report.durationMs, busyMs, cpuMs: (user + system) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
