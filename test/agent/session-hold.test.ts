import assert from "node:assert/strict";
import test from "node:test";
import type { AgentResponse, ProductionAgent } from "../../src/agent/index.ts";
import { TenureError } from "../../src/errors/index.ts";
import { sessionResource } from "../../src/registry/contract/index.ts";
import { SessionHold } from "../../src/agent/sessions/session-hold.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";
import { tool } from "./tool-fixture.ts";

test("Of two conversations that were made at once for one session the loser's is deleted, and both use the winner's", async () => {
  await using world = await openAgentWorld();
  await world.manager.getOrCreateAgent({ agentName: "analyst" });
  const { fingerprint } = await world.manager.getOrCreateAgent({ agentName: "analyst" });
  const { signal } = new AbortController();
  const request = {
    manager: world.manager,
    key: world.manager.keyOf("analyst"),
    sessionId: "s1",
    waitMs: 0,
    signal,
    onLost: () => undefined,
  };
  const resource = sessionResource(request.key, "s1");
  const first = await SessionHold.open(request);
  // What a lease that ran out looks like: it is released beneath the first holder, who knows nothing of it.
  const held = await world.manager.registry.leases.get({ resource });
  assert.ok(held !== undefined);
  await world.manager.registry.leases.release({ lease: held });
  const other = world.world.manager({
    registry: decorateRegistry(world.manager.registry, (_call, proceed) => proceed()),
  });
  const second = await SessionHold.open({ ...request, manager: other });
  const begin = { fingerprint, userId: undefined, signal };
  const [one, two] = await Promise.all([first.begin(begin), second.begin(begin)]);
  assert.equal(one, two);
  assert.deepEqual([world.emulator.stats().created.conversations, world.emulator.stats().conversations], [2, 1]);
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  // Before the other one, which closes the same registry.
  await world.manager.close();
});

test("The lease of a long run is renewed, so that nobody else gets the session", async () => {
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ runtime });
  await using world = await openAgentWorld({ manager: { registry, runtime } });
  const resource = sessionResource(world.manager.keyOf("analyst"), "s1");
  const { promise, resolve } = Promise.withResolvers<string>();
  const started = Promise.withResolvers<void>();
  const slow = tool("slow", () => {
    started.resolve();
    return promise;
  });
  const running = world
    .agent({ sessionId: "s1", tools: [slow], toolTimeoutMs: 86_400_000 })
    .run("call slow {}", { timeoutMs: 86_400_000 });
  await started.promise;
  const before = await registry.leases.get({ resource });
  for (let step = 0; step < 6; step += 1) {
    runtime.advance(10_000);
    await new Promise(setImmediate);
  }
  const after = await registry.leases.get({ resource });
  assert.equal(after?.fence, before?.fence);
  assert.ok((after?.expiresAt ?? 0) > (before?.expiresAt ?? 0));
  resolve("done");
  assert.ok((await running).success);
  assert.equal(await registry.leases.get({ resource }), undefined);
});

test("A run that has lost its session's lease to another process ends, and says so", async () => {
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ runtime });
  await using world = await openAgentWorld({ manager: { registry, runtime } });
  const resource = sessionResource(world.manager.keyOf("analyst"), "s1");
  const started = Promise.withResolvers<void>();
  const stuck = tool("stuck", () => {
    started.resolve();
    return new Promise(() => undefined);
  });
  const running = world
    .agent({ sessionId: "s1", tools: [stuck], toolTimeoutMs: 86_400_000 })
    .run("call stuck {}", { timeoutMs: 86_400_000 });
  await started.promise;
  const lease = await registry.leases.get({ resource });
  assert.ok(lease !== undefined);
  await registry.leases.release({ lease });
  await registry.leases.claim({ resource, holder: { id: "other", host: "h", pid: 1 }, ttlMs: 60_000 });
  runtime.advance(10_000);
  const result = await running;
  assert.equal(result.error?.code, "lease_lost");
});

/** A run of session `s1` that has called a tool, while its process cannot renew the session's lease. */
async function openRunWithoutRenewals(): Promise<AsyncDisposable & { readonly world: AgentWorld } & CutOffRun> {
  const runtime = new ManualRuntime();
  const store = new MemoryStore();
  const down = new TenureError("registry_unavailable", "down", { retryable: true });
  const cutOff = decorateRegistry(new MemoryRegistry({ runtime, store }), (call, proceed) =>
    call === "leases.renew" ? Promise.reject(down) : proceed(),
  );
  const world = await openAgentWorld({ manager: { registry: cutOff, runtime } });
  const started = Promise.withResolvers<void>();
  const output = Promise.withResolvers<string>();
  const slow = tool("slow", () => {
    started.resolve();
    return output.promise;
  });
  const options = { sessionId: "s1", tools: [slow], toolTimeoutMs: DAY_MS, timeoutMs: DAY_MS };
  const running = world.agent(options).run("call slow {}");
  await started.promise;
  const manager = world.world.manager({ registry: new MemoryRegistry({ runtime, store }), runtime });
  const other = world.agent({ ...options, manager });
  return {
    world,
    runtime,
    running,
    other,
    endTool: () => output.resolve("done"),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

interface CutOffRun {
  readonly runtime: ManualRuntime;
  readonly running: Promise<AgentResponse>;
  /** The same agent and session in another process. */
  readonly other: ProductionAgent;
  readonly endTool: () => void;
}

const DAY_MS = 86_400_000;

test("A run that cannot renew its session's lease ends before another process can have the session", async () => {
  await using cutOff = await openRunWithoutRenewals();
  for (let step = 0; step < 4; step += 1) {
    cutOff.runtime.advance(9_000);
    await new Promise(setImmediate);
  }
  const result = await cutOff.running;
  assert.deepEqual([result.success, result.error?.code], [false, "lease_lost"]);
  const next = await cutOff.other.run("Hello from another process");
  assert.ok(next.success);
  assert.match(next.response, /Hello from another process/);
});

test("A process that stood still past its session's lease asks the model nothing more", async () => {
  await using cutOff = await openRunWithoutRenewals();
  const asked = cutOff.world.requests("POST", /\/responses$/).length;
  // The tool's end is noticed before any timer that came due while the process stood still.
  cutOff.endTool();
  cutOff.runtime.standStill(36_000);
  const result = await cutOff.running;
  assert.deepEqual([result.success, result.error?.code], [false, "lease_lost"]);
  assert.equal(cutOff.world.requests("POST", /\/responses$/).length, asked);
});
