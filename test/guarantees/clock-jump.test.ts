import assert from "node:assert/strict";
import test from "node:test";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { type Runtime, systemRuntime } from "../../src/runtime/index.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;
const DAY_MS = 86_400_000;

/** The machine's time, with a wall clock that is wrong by so much. */
function wrongBy(offset: { ms: number }): Runtime {
  return {
    now: () => systemRuntime.now() + offset.ms,
    monotonic: () => systemRuntime.monotonic(),
    sleep: (ms, options) => systemRuntime.sleep(ms, options),
    setTimer: (ms, callback) => systemRuntime.setTimer(ms, callback),
    random: () => systemRuntime.random(),
    newId: () => systemRuntime.newId(),
  };
}

for (const [name, jumpMs] of [
  ["forward", DAY_MS],
  ["back", -DAY_MS],
] as const) {
  test(`a process whose clock jumps a day ${name} in the middle of its create keeps its lease, and one version is made`, async () => {
    await using world = await openWorld();
    const store = new MemoryStore();
    const offset = { ms: 0 };
    world.emulator.faults([
      { method: "POST", path: "/versions", effect: "delay", delayMs: 100, before: true, probability: 1 },
    ]);
    const jumping = world.manager({ registry: new MemoryRegistry({ store }), runtime: wrongBy(offset) });
    const other = world.manager({ registry: new MemoryRegistry({ store }) });
    await Promise.all([jumping.listAgents(), other.listAgents()]);
    const first = jumping.getOrCreateAgent(CONFIG);
    const second = other.getOrCreateAgent(CONFIG);
    offset.ms = jumpMs;
    const agents = await Promise.all([first, second]);
    assert.deepEqual([...new Set(agents.map((agent) => agent.remote.id))], ["analyst:1"]);
    assert.equal(world.creates(), 1);
    assert.ok(!world.events.some((event) => event.type === "lease.lost" || event.type === "lease.taken"));
    assert.deepEqual((await jumping.recover()).failed, []);
    assert.equal(world.emulator.stats().versions, 1);
  });
}
