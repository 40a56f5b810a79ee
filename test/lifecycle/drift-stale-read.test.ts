import assert from "node:assert/strict";
import { test } from "node:test";
import { openLifecycle, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";

test("an agent that a read does not show yet is neither drift nor made a second time", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  await world.manager().getOrCreateAgent(variant("Answer with figures."));
  const service = world.world.service();
  service.get = () => Promise.resolve(undefined);
  const manager = world.manager({ service });
  assert.deepEqual(await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" })), []);
  assert.equal(world.world.emulator.stats().versions, 1);
});
