import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { AgentManager } from "../../src/manager/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { newSchema, postgresUrl } from "../support/shared-postgres.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { openWorld, type World } from "../support/world.ts";

const FIRST = { agentName: "first", instructions: "Answer with figures." } as const;
const SECOND = { agentName: "second", instructions: "Answer with words." } as const;
const NEW = { agentName: "new", instructions: "Answer." } as const;
/** The manager looks at the registry again after this time, and for at most a second; after a failure every two. */
const [FRESH_MS, LOOK_MS, PAUSE_MS] = [60_000, 1_000, 2_000];

interface Place extends AsyncDisposable {
  readonly world: World;
  readonly proxy: TcpProxy;
  readonly runtime: ManualRuntime;
  readonly manager: AgentManager;
  /** The same agents by a way that is never cut. */
  readonly other: AgentManager;
}

/** A manager that knows two agents, and whose way to PostgreSQL can be cut. Its own time stands still; the connection's does not. */
async function open(options: { readonly whenRegistryFails?: "fail" } = {}): Promise<Place> {
  const world = await openWorld();
  const [url, schema] = [await postgresUrl(), newSchema()];
  const proxy = await TcpProxy.open(url);
  const runtime = new ManualRuntime();
  // Without a bound of the manager's own, a refused connection would be tried again for ten minutes.
  const registry = new PostgresRegistry({ url: proxy.url, schema, retryMs: 600_000 });
  const manager = world.manager({ registry, runtime, freshMs: FRESH_MS, flushMs: 600_000, ...options });
  const other = world.manager({ registry: new PostgresRegistry({ url, schema }) });
  for (const config of [FIRST, SECOND]) await manager.getOrCreateAgent(config);
  return {
    world,
    proxy,
    runtime,
    manager,
    other,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

/** Asks until the manager has looked at the registry again: that the agent was deleted is known only there. */
async function madeAgain(manager: AgentManager): Promise<void> {
  while ((await manager.getOrCreateAgent(FIRST)).outcome !== "created") await setImmediate();
}

test("while packets to the registry get lost one look waits a second, nobody waits after it, and nothing is made", async () => {
  await using place = await open();
  const { world, proxy, runtime, manager, other } = place;
  proxy.silence();
  runtime.advance(FRESH_MS);
  const swallowed = proxy.swallowed();
  const asked = manager.getOrCreateAgent(FIRST);
  await swallowed;
  runtime.advance(LOOK_MS);
  assert.equal((await asked).remote.id, "first:1");
  // The time stands still: these wait for nothing.
  assert.equal((await manager.getOrCreateAgent(SECOND)).remote.id, "second:1");
  runtime.advance(FRESH_MS - LOOK_MS);
  assert.equal((await manager.getOrCreateAgent(FIRST)).remote.id, "first:1");
  const isNew = manager.getOrCreateAgent(NEW, { timeoutMs: 5_000 });
  const refused = assert.rejects(isNew, { code: "timeout" });
  await setImmediate();
  runtime.advance(5_000);
  await refused;
  assert.equal(world.emulator.stats().versions, 2, "the new agent was not made without the registry");
  await other.cleanupAgent("first");
  proxy.speak();
  runtime.advance(PAUSE_MS);
  await madeAgain(manager);
});

test("a caller who would not wait a second for the registry is given a known agent when its own time is over", async () => {
  await using place = await open();
  const { proxy, runtime, manager } = place;
  proxy.silence();
  runtime.advance(FRESH_MS);
  const swallowed = proxy.swallowed();
  const asked = manager.getOrCreateAgent(FIRST, { timeoutMs: 100 });
  await swallowed;
  runtime.advance(100);
  assert.equal((await asked).remote.id, "first:1");
  proxy.speak();
});

test("while the registry refuses connections known agents are given without waiting, until it takes them again", async () => {
  await using place = await open();
  const { proxy, runtime, manager, other } = place;
  await proxy.refuse();
  runtime.advance(FRESH_MS);
  const asked = manager.getOrCreateAgent(FIRST);
  await setImmediate();
  runtime.advance(LOOK_MS);
  assert.equal((await asked).remote.id, "first:1");
  assert.equal((await manager.getOrCreateAgent(SECOND)).remote.id, "second:1");
  await other.cleanupAgent("first");
  await proxy.accept();
  runtime.advance(PAUSE_MS);
  await madeAgain(manager);
});

test('with whenRegistryFails "fail" a look waits for the registry as long as that takes', async () => {
  await using place = await open({ whenRegistryFails: "fail" });
  const { proxy, runtime, manager } = place;
  proxy.silence();
  runtime.advance(FRESH_MS);
  const swallowed = proxy.swallowed();
  const asked = manager.getOrCreateAgent(FIRST);
  await swallowed;
  runtime.advance(10 * LOOK_MS);
  proxy.speak();
  assert.equal((await asked).remote.id, "first:1");
  assert.ok(!place.world.events.some((event) => event.type === "registry.degraded"));
});
