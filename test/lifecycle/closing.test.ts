import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { openLifecycle, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";

test("close waits for changes of an agent's life that are under way", async () => {
  await using world = await openLifecycle();
  const called = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let isHeld = false;
  const registry = decorateRegistry(new MemoryRegistry({ store: world.store }), async (call, proceed) => {
    if (isHeld && call === "agents.update") {
      called.resolve();
      await released.promise;
    }
    return proceed();
  });
  const manager = world.manager({ registry });
  const first = await manager.getOrCreateAgent(variant("One."));
  await manager.getOrCreateAgent(variant("Two."));
  isHeld = true;
  const changes = [
    manager.rollback(NAME, { reason: "test" }),
    manager.setAlias(NAME, "production", { to: first.fingerprint }),
    manager.protect(NAME),
  ];
  await called.promise;
  const closed = manager.close();
  released.resolve();
  await Promise.all(changes);
  await closed;
  const other = world.manager();
  assert.equal((await other.current(NAME))?.fingerprint, first.fingerprint);
  assert.equal((await other.getAlias(NAME, "production"))?.fingerprint, first.fingerprint);
  assert.equal(await other.unprotect(NAME), true);
});

test("what a closed manager is told to change is refused as closed", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.close();
  for (const call of [
    () => manager.rollback(NAME),
    () => manager.cleanup(),
    () => manager.recover(),
    () => manager.getOrCreateAgent({ agentName: NAME, alias: "production" }),
  ])
    await assert.rejects(call, { code: "closed", message: "The manager was closed." });
});
