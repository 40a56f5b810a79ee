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

test("a revision that the agent shows is not missed because lists and looks lag behind", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  await world.manager().getOrCreateAgent(variant("Answer with figures."));
  const service = world.world.service();
  service.listRevisions = async function* listNothing() {};
  service.getRevision = () => Promise.resolve(undefined);
  const manager = world.manager({ service });
  assert.deepEqual(await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" })), []);
  assert.equal(world.world.emulator.stats().versions, 1);
});

test("a revision that no look showed is made anew, and the old copy goes once it shows", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  await world.manager().getOrCreateAgent(variant("Answer with figures."));
  const service = world.world.service();
  let isHidden = true;
  const [get, getRevision] = [service.get.bind(service), service.getRevision.bind(service)];
  const createRevision = service.createRevision.bind(service);
  service.get = (params) => (isHidden ? Promise.resolve(undefined) : get(params));
  service.getRevision = (params) => (isHidden ? Promise.resolve(undefined) : getRevision(params));
  service.createRevision = (params) => {
    isHidden = false;
    return createRevision(params);
  };
  const manager = world.manager({ service });
  const [finding] = await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" }));
  assert.deepEqual([finding?.source, finding?.action], ["deleted", "reverted"]);
  assert.equal((await manager.current(NAME))?.remote.version, "2");
  assert.equal(world.world.emulator.stats().versions, 1);
});
