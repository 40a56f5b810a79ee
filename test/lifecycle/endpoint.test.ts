import assert from "node:assert/strict";
import { test } from "node:test";
import { openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";
const SERVICE_NAME = "market-analyst";

test("with pinEndpoint the service's own endpoint follows the current revision, and not the latest version", async () => {
  await using world = await openLifecycle();
  const manager = world.manager({ pinEndpoint: true });
  const versions = () => manager.service.endpoints?.get({ serviceName: SERVICE_NAME });
  await manager.getOrCreateAgent(variant("One."));
  assert.deepEqual(await versions(), ["1"]);
  await manager.getOrCreateAgent(variant("Two."));
  assert.deepEqual(await versions(), ["2"]);
  await manager.rollback(NAME);
  assert.deepEqual(await versions(), ["1"]);
  await manager.pin(NAME);
  await manager.getOrCreateAgent(variant("Three."));
  assert.deepEqual(await versions(), ["1"]);
  await manager.unpin(NAME);
  await manager.promote(NAME, { to: 3 });
  assert.deepEqual(await versions(), ["3"]);
  assert.deepEqual(
    world.told("endpoint.pinned").map(({ remote }) => remote.version),
    ["1", "2", "1", "3"],
  );
});

test("without pinEndpoint the endpoint is left as it is", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.rollback(NAME, { to: 1 });
  assert.deepEqual(await manager.service.endpoints?.get({ serviceName: SERVICE_NAME }), ["@latest"]);
  assert.equal(world.world.emulator.requests().filter(({ method }) => method === "PATCH").length, 0);
  assert.equal(await manager.service.endpoints?.get({ serviceName: "nobody" }), undefined);
});

test("an endpoint that could not be pinned does no harm, is told, and is tried again by the next process", async () => {
  await using world = await openLifecycle();
  const service = world.world.service();
  const { endpoints } = service;
  const { TenureError } = await import("../../src/errors/index.ts");
  Object.assign(service, {
    endpoints: {
      ...endpoints,
      pin: () => Promise.resolve({ kind: "refused", error: new TenureError("forbidden", "no") }),
    },
  });
  const agent = await world.manager({ service, pinEndpoint: true }).getOrCreateAgent(variant("One."));
  assert.equal(agent.outcome, "created");
  assert.deepEqual(
    world.told("endpoint.failed").map(({ message }) => message),
    ["no"],
  );
  const next = world.manager({ pinEndpoint: true });
  await next.getOrCreateAgent(variant("One."));
  assert.deepEqual(await next.service.endpoints?.get({ serviceName: SERVICE_NAME }), ["1"]);
});

test("pinEndpoint on a service without endpoints, and options that are none, are refused before any I/O", async () => {
  await using world = await openLifecycle();
  const service = world.world.service();
  Object.assign(service, { endpoints: undefined });
  const make = (options: object) => Promise.resolve().then(() => world.manager(options));
  await rejectsWith(make({ service, pinEndpoint: true }), "invalid_option");
  await rejectsWith(make({ pinEndpoint: "yes" }), "invalid_option");
  await rejectsWith(make({ drift: "ignore" }), "invalid_option");
  await rejectsWith(make({ pinEndpiont: true }), "invalid_option");
  await service.close();
});

test("a pinned endpoint follows when its version is written anew: by a revert, and by a transfer", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all", deleteRoutedVersion: "refuse" } });
  const manager = world.manager({ scope: "shop-test", pinEndpoint: true });
  const versions = () => manager.service.endpoints?.get({ serviceName: SERVICE_NAME });
  await manager.getOrCreateAgent(variant("One."));
  await manager.getOrCreateAgent(variant("Two."));
  await world.byHand("PATCH", "/agents/market-analyst", {
    agent_endpoint: {
      version_selector: {
        version_selection_rules: [{ type: "FixedRatio", agent_version: "1", traffic_percentage: 100 }],
      },
    },
  });
  await world.byHand("DELETE", "/agents/market-analyst/versions/2");
  await Array.fromAsync(manager.checkDrift({ policy: "revert" }));
  assert.deepEqual(await versions(), ["3"]);
  await manager.transfer(NAME, { toScope: "shop-prod" });
  const current = await world.manager({ scope: "shop-prod" }).current(NAME);
  assert.deepEqual(await versions(), [current?.remote.version]);
  assert.equal(world.world.emulator.stats().versions, 2);
});
