import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;
/** Longer than a manager lets what is under way go on. */
const BEYOND_GRACE_MS = 10_001;
/** A create that the service does not answer as long as the test lasts. */
const SILENT = { method: "POST", path: "/versions", effect: "delay", delayMs: 50_000, before: true } as const;

const outcomeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "fulfilled",
    (thrown: unknown) => (thrown instanceof TenureError ? thrown.message : String(thrown)),
  );

/** A registry whose next call of a kind waits until the test lets it go on. */
function holding(wanted: string): {
  readonly registry: MemoryRegistry;
  readonly called: Promise<void>;
  readonly release: () => void;
} {
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const registry = decorateRegistry(new MemoryRegistry(), async (call, proceed) => {
    if (call === wanted) {
      called.resolve();
      await released.promise;
    }
    return proceed();
  });
  return { registry: registry as MemoryRegistry, called: called.promise, release: released.resolve };
}

test("close waits for a recovery sweep that was called for", async () => {
  await using world = await openWorld();
  await world.manager().getOrCreateAgent(CONFIG);
  const { registry, called, release } = holding("intents.commit");
  const manager = world.manager({ registry });
  const sweep = manager.recover();
  await called;
  const closed = manager.close();
  release();
  assert.equal((await sweep).adopted, 1);
  await closed;
});

test("a sweep that waits behind a resolution when its manager closes is cut off with it, as closed", async () => {
  await using world = await openWorld();
  world.emulator.faults([SILENT]);
  const runtime = new ManualRuntime();
  const { registry, called, release } = holding("intents.create");
  const manager = world.manager({ registry, runtime });
  const resolving = outcomeOf(manager.getOrCreateAgent(CONFIG));
  await called;
  release();
  await turn();
  const sweep = outcomeOf(manager.recover());
  await turn();
  const closed = manager.close();
  runtime.advance(BEYOND_GRACE_MS);
  assert.equal(await sweep, "The manager was closed.");
  assert.equal(await resolving, "The manager was closed.");
  await closed;
});

test("the sweep at the start, which nobody waits for, does not make closing longer than its grace", async () => {
  await using world = await openWorld();
  world.emulator.faults([SILENT]);
  const runtime = new ManualRuntime();
  const written = Promise.withResolvers<void>();
  const listed = Promise.withResolvers<void>();
  const registry = decorateRegistry(new MemoryRegistry(), async (call, proceed) => {
    // Only the sweep lists the agents: it finds the one that is being made, and wants its lease.
    if (call === "agents.list") await written.promise;
    const result = await proceed();
    if (call === "intents.create") written.resolve();
    if (call === "agents.list") listed.resolve();
    return result;
  });
  const manager = world.manager({ registry, runtime, recoverOnStart: true });
  const resolving = outcomeOf(manager.getOrCreateAgent(CONFIG));
  await listed.promise;
  await turn();
  const closed = manager.close();
  runtime.advance(BEYOND_GRACE_MS);
  await closed;
  assert.equal(await resolving, "The manager was closed.");
});
