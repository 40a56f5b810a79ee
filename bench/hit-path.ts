import { LRUCache } from "lru-cache";
import { bench, do_not_optimize, run, summary } from "mitata";
import { isDeeplyFrozen, sameAsSnapshot, snapshotOf } from "../src/config/index.ts";
import { startEmulator } from "../src/emulator/index.ts";
import { type AgentRequest, type ManagedAgent, AgentManager } from "../src/manager/index.ts";
import { FoundryAgentService } from "../src/services/foundry/index.ts";
import { fiveMembers, hashed, literal } from "./configurations.ts";

// A repeated call with a known configuration, beside what a program would write by itself: a Map of promises and `lru-cache`'s `fetch`. Neither of those
// compares or counts anything; for a fresh literal they need a key, and the cheapest one that is safe is the hash.
// Afterwards the comparison alone, beside RFC 8785 JSON with SHA-256. "Made" is the cost of making the literal, which is in every row that says "fresh".

await using emulator = await startEmulator();
const service = new FoundryAgentService({
  endpoint: emulator.endpoint,
  credential: emulator.credential,
  ca: emulator.ca,
});
await using manager = new AgentManager({ service, freshMs: 86_400_000 });

const agents = new Map<string, Promise<ManagedAgent>>();
const cache = new LRUCache<string, ManagedAgent, AgentRequest>({
  max: 1_000,
  fetchMethod: (_key, _stale, { context }) => manager.getOrCreateAgent(context),
});

const same = fiveMembers();
const frozen = Object.freeze(fiveMembers());
await manager.getOrCreateAgent(frozen);
agents.set(same.agentName, manager.getOrCreateAgent(same));
await cache.fetch(same.agentName, { context: same });

summary(() => {
  bench("same object: manager.getOrCreateAgent", async () => do_not_optimize(await manager.getOrCreateAgent(same)));
  bench("same frozen object: manager.getOrCreateAgent", async () =>
    do_not_optimize(await manager.getOrCreateAgent(frozen)));
  bench("by name: Map of promises", async () => do_not_optimize(await agents.get(same.agentName)));
  bench("by name: lru-cache fetch", async () =>
    do_not_optimize(await cache.fetch(same.agentName, { context: same }))).baseline();
});

for (const [name, size] of [
  ["2 KB", 2_000],
  ["50 KB", 50_000],
] as const) {
  const known = literal(size);
  const key = hashed(known);
  agents.set(key, manager.getOrCreateAgent(known));
  await cache.fetch(key, { context: known });
  summary(() => {
    bench(`fresh ${name}: manager.getOrCreateAgent`, async () =>
      do_not_optimize(await manager.getOrCreateAgent(literal(size))));
    bench(`fresh ${name}: Map of promises by hash`, async () =>
      do_not_optimize(await agents.get(hashed(literal(size))))).baseline();
    bench(`fresh ${name}: lru-cache fetch by hash`, async () => {
      const fresh = literal(size);
      do_not_optimize(await cache.fetch(hashed(fresh), { context: fresh }));
    });
    bench(`${name}: made`, () => do_not_optimize(literal(size)));
  });
  const snapshot = snapshotOf(known);
  const fresh = literal(size);
  summary(() => {
    bench(`${name}: compared with its snapshot`, () => do_not_optimize(sameAsSnapshot(fresh, snapshot)));
    bench(`${name}: RFC 8785 and SHA-256`, () => do_not_optimize(hashed(fresh))).baseline();
  });
}

summary(() => {
  const snapshot = snapshotOf(same);
  const byObject = new WeakMap<object, number>([[same, 1]]);
  bench("5 members: looked up by identity", () => do_not_optimize(byObject.get(same))).baseline();
  bench("5 members: compared with its snapshot", () => do_not_optimize(sameAsSnapshot(same, snapshot)));
  bench("5 members: found deeply frozen", () => do_not_optimize(isDeeplyFrozen(frozen)));
});

await run();
