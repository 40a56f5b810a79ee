import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { hold } from "../../src/testing/registry/fixtures.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { openWorld } from "../support/world.ts";

const CALLS = 8;

test("of many calls for one agent that wait for another process, one waits and the others ask when it is their turn", async () => {
  await using world = await openWorld();
  const store = new MemoryStore();
  await using other = new MemoryRegistry({ store });
  const { promise: haveLooked, resolve } = Promise.withResolvers<void>();
  let looks = 0;
  const registry = decorateRegistry(new MemoryRegistry({ store }), async (call, proceed) => {
    const answer = await proceed();
    if (call === "agents.lookUp" && (looks += 1) === CALLS) resolve();
    return answer;
  });
  const manager = world.manager({ registry });
  const lease = await hold(other, manager.keyOf("analyst"));
  const calls = Array.from({ length: CALLS }, (_, index) =>
    manager.getOrCreateAgent({ agentName: "analyst", instructions: `Answer ${index}.` }),
  );
  await haveLooked;
  await other.leases.release({ lease });
  const agents = await Promise.all(calls);
  assert.equal(new Set(agents.map(({ remote }) => remote.id)).size, CALLS);
  assert.equal(world.events.filter(({ type }) => type === "lease.waited").length, 1);
});
