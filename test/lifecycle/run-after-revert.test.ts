import assert from "node:assert/strict";
import { test } from "node:test";
import { ProductionAgent } from "../../src/agent/index.ts";
import { openLifecycle, variant } from "./lifecycle-world.ts";

test("a process that knows the old copy from memory runs on the new one after a revert, without a word to it", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  await world.manager().getOrCreateAgent(variant("Before."));
  const analyst = new ProductionAgent({ ...variant("One."), manager: world.manager() });
  assert.equal((await analyst.run("Before?")).success, true);
  const other = world.manager();
  await world.byHand("DELETE", "/agents/market-analyst/versions/2");
  await Array.fromAsync(other.checkDrift({ policy: "revert" }));
  const after = await analyst.run("After?");
  assert.equal(after.success, true, after.error?.message);
  assert.equal((await other.current("market_analyst"))?.remote.version, "3");
  assert.equal(world.world.emulator.stats().versions, 2);
});
