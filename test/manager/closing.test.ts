import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { waitAtMost } from "../../src/manager/deadline.ts";
import { AgentManager } from "../../src/manager/index.ts";
import { ResourceLocks } from "../../src/manager/protocol/resource-locks.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { systemRuntime } from "../../src/runtime/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fulfilled",
    (thrown: unknown) => TenureError.from(thrown).code,
  );

const unavailable = (): TenureError =>
  new TenureError("registry_unavailable", "The registry does not answer.", { retryable: true });

test("close waits for the resolutions under way, and counts every one of their callers", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ method: "POST", path: "/versions", effect: "delay", delayMs: 50, times: 1 }]);
  const store = new MemoryStore();
  const manager = world.manager({ registry: new MemoryRegistry({ store }) });
  const calls = Array.from({ length: 20 }, (_, index) =>
    manager.getOrCreateAgent(CONFIG, index % 2 === 0 ? {} : { signal: new AbortController().signal }),
  );
  // The manager is open then, and the flight has begun.
  await manager.isAgentRegistered("analyst");
  await manager.close();
  await Promise.all(calls);
  const stats = await world.manager({ registry: new MemoryRegistry({ store }) }).getAgentStats();
  assert.equal(stats.agents["analyst"]?.useCount, 20);
  assert.equal(stats.creations, 1);
});

test("a call that still waits for the registry when the manager closes begins nothing", async () => {
  await using world = await openWorld();
  const registering = Promise.withResolvers<undefined>();
  const registry = decorateRegistry(new MemoryRegistry(), async (call, proceed) => {
    if (call === "processes.register") await registering.promise;
    return proceed();
  });
  const manager = world.manager({ registry });
  const call = codeOf(manager.getOrCreateAgent(CONFIG));
  const closed = manager.close();
  registering.resolve(undefined);
  assert.equal(await call, "closed");
  await closed;
  assert.equal(world.emulator.requests().length, 0);
});

test("close while the registry is down says so, and closes registry and service all the same", async () => {
  await using emulated = await openWorld();
  let isDown = false;
  const inner = new MemoryRegistry();
  const registry = decorateRegistry(inner, (_call, proceed) => (isDown ? Promise.reject(unavailable()) : proceed()));
  const service = emulated.service();
  const manager = new AgentManager({ service, registry, model: "gpt-4.1" });
  await manager.getOrCreateAgent(CONFIG);
  isDown = true;
  assert.equal(await codeOf(manager.close()), "registry_unavailable");
  assert.equal(await codeOf(manager.close()), "registry_unavailable", "the counts are lost, and twice says it twice");
  assert.equal(await codeOf(inner.agents.list({ location: service.location })), "closed");
  assert.equal(await codeOf(service.get({ serviceName: "analyst" })), "closed");
});

test("after close no timer is left, although runs are still counted and a flush failed", async () => {
  await using world = await openWorld();
  const runtime = new ManualRuntime();
  const timers = new Set<object>();
  const watched = {
    now: () => runtime.now(),
    monotonic: () => runtime.monotonic(),
    sleep: runtime.sleep.bind(runtime),
    random: () => runtime.random(),
    newId: () => runtime.newId(),
    setTimer(ms: number, callback: () => void) {
      const timer = {};
      timers.add(timer);
      const set = runtime.setTimer(ms, () => {
        timers.delete(timer);
        callback();
      });
      return {
        cancel: () => {
          timers.delete(timer);
          set.cancel();
        },
      };
    },
  };
  const manager = world.manager({ runtime: watched });
  const agent = await manager.getOrCreateAgent(CONFIG);
  await manager.close();
  manager.recordRun(agent, { failed: false });
  assert.equal(timers.size, 0);
});

test("a manager that closes before its registry is open leaves no timer and no sweep behind", async () => {
  await using world = await openWorld();
  const registering = Promise.withResolvers<undefined>();
  const registry = decorateRegistry(new MemoryRegistry(), async (call, proceed) => {
    if (call === "processes.register") await registering.promise;
    return proceed();
  });
  const manager = world.manager({ registry, recoverOnStart: true });
  const call = codeOf(manager.listAgents());
  const closed = manager.close();
  registering.resolve(undefined);
  await closed;
  await call;
  assert.equal(world.emulator.requests().length, 0);
});

test("who joined is told of the creation when the caller who led has given up, so that it is counted once", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ method: "POST", path: "/versions", effect: "delay", delayMs: 100, times: 1 }]);
  const manager = world.manager();
  const hurried = codeOf(manager.getOrCreateAgent(CONFIG, { timeoutMs: 1 }));
  const patient = [manager.getOrCreateAgent({ ...CONFIG }), manager.getOrCreateAgent({ ...CONFIG })];
  assert.equal(await hurried, "timeout");
  const outcomes = (await Promise.all(patient)).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ["created", "reused"]);
  const { creations, reuses } = await manager.getAgentStats();
  assert.deepEqual({ creations, reuses }, { creations: 1, reuses: 1 });
});

test("a cleanup whose signal has fired already touches nothing", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  assert.equal(await codeOf(manager.cleanupAgent("analyst", { signal: AbortSignal.abort() })), "aborted");
  assert.equal(world.emulator.stats().agents, 1);
});

test("a wrong session id is refused on a known configuration too, and counts go on being written", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  for (const sessionId of ["", " ", "a\nb", "x".repeat(257), 7 as unknown as string]) {
    assert.equal(await codeOf(manager.getOrCreateAgent({ ...CONFIG, sessionId })), "invalid_option");
  }
  await manager.getOrCreateAgent({ ...CONFIG, sessionId: "session_001" });
  const stats = await manager.getAgentStats();
  assert.equal(stats.agents["analyst"]?.useCount, 2);
  assert.equal(stats.agents["analyst"]?.sessions, 1);
});

test("an object among more spellings than are kept is looked up again after its agent was cleaned up", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const spelled = (index: number) => ({ ...CONFIG, instructions: `Variant ${index}.` });
  const first = spelled(0);
  await manager.getOrCreateAgent(first);
  for (let index = 1; index <= 64; index += 1) await manager.getOrCreateAgent(spelled(index));
  await manager.cleanupAgent("analyst");
  assert.equal((await manager.getOrCreateAgent(first)).outcome, "created");
});

test("who waits in the process's own queue leaves when its signal fires, and the next is not held up", async () => {
  const locks = new ResourceLocks();
  const leave = await locks.enter("agent");
  const controller = new AbortController();
  const given = codeOf(locks.enter("agent", controller.signal));
  const next = locks.enter("agent");
  controller.abort();
  assert.equal(await given, "aborted");
  assert.equal(await codeOf(locks.enter("agent", controller.signal)), "aborted");
  leave();
  (await next)();
  (await locks.enter("agent"))();
});

test("a wait whose signal has fired takes the promise's later failure upon itself", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): number => unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    const failing = Promise.withResolvers<never>();
    const limits = { signal: AbortSignal.abort(), timeoutMs: 5, runtime: systemRuntime };
    assert.equal(await codeOf(waitAtMost(failing.promise, limits)), "aborted");
    failing.reject(new Error("late"));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", note);
  }
});
