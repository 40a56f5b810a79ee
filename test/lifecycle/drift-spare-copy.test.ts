import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import type { CreateRevisionParams } from "../../src/services/contract/index.ts";
import { edited } from "./edited-service.ts";
import { type LifecycleWorld, openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";
const PLACE = "/agents/market-analyst/versions";

/** A revert whose write is on its way for longer than its sender waits. Gives what lets it arrive. */
async function sendLateRevert(world: LifecycleWorld, change = edited): Promise<() => Promise<void>> {
  const service = change(world.world.service());
  let sent: CreateRevisionParams | undefined;
  service.createRevision = (params) => {
    sent = params;
    const error = new TenureError("service_unavailable", "The connection was reset.", { retryable: true });
    return Promise.resolve({ kind: "unknown", error });
  };
  const manager = world.manager({ service });
  await rejectsWith(Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" })), "agent_drifted");
  return async () => {
    assert.ok(sent !== undefined);
    const { signal: _, ...request } = sent;
    const network = world.world.service();
    await network.createRevision(request);
    await network.close();
  };
}

test("a copy of an earlier revert that arrives while a later one looks is removed before another is written", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  await world.manager().getOrCreateAgent(variant("Answer with figures."));
  const arrive = await sendLateRevert(world);
  const service = edited(world.world.service());
  const get = service.get.bind(service);
  let looks = 0;
  service.get = async (params) => {
    looks += 1;
    // The first look is without the lease, the second after the intents were ended under it.
    if (looks === 2) await arrive();
    return get(params);
  };
  const manager = world.manager({ service });
  const [finding] = await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" }));
  assert.equal(finding?.action, "reverted");
  assert.deepEqual(
    world.told("recovery.duplicate").map(({ remote }) => remote.version),
    ["2"],
  );
  assert.equal((await manager.current(NAME))?.remote.version, "3");
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.deepEqual((await manager.registry.intents.list({ location: service.location })).items, []);
});

test("a deleted revision of which the service has an unrecorded copy is not written again, and a pinned endpoint follows", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager({ pinEndpoint: true });
  const { fingerprint } = await manager.getOrCreateAgent(variant("Answer with figures."));
  const { service } = manager;
  const [made] = await Array.fromAsync(service.listRevisions({ serviceName: "market-analyst" }));
  assert.ok(made !== undefined);
  const stamp = { scope: "default", agentName: NAME, fingerprint, intentId: "sent twice" };
  const { definition, description, metadata } = made;
  await service.createRevision({ serviceName: "market-analyst", definition, description, metadata, stamp });
  await world.byHand("DELETE", `${PLACE}/1`);
  const writes = world.world.creates();
  await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" }));
  const moves = await Array.fromAsync(manager.events({ types: ["recovery.repointed"] }));
  assert.deepEqual(
    moves.map(({ data }) => [data["before"], data["after"]].map((ref) => (ref as { version?: string }).version)),
    [["1", "2"]],
    "the trail tells what nothing else does",
  );
  assert.equal(world.world.creates(), writes);
  assert.equal((await manager.current(NAME))?.remote.version, "2");
  assert.deepEqual(await service.endpoints?.get({ serviceName: "market-analyst" }), ["2"]);
});

test("of an agent that was deleted as a whole every revision that is held is made anew, also if the service counts its versions from 1 again", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager();
  const older = await manager.getOrCreateAgent(variant("Answer with figures."));
  await manager.setAlias(NAME, "production", { to: older.fingerprint });
  const newer = await manager.getOrCreateAgent(variant("Answer with tables."));
  await world.byHand("DELETE", "/agents/market-analyst");
  const findings = await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" }));
  assert.deepEqual(
    findings.map(({ action }) => action),
    ["reverted", "reverted"],
  );
  assert.deepEqual(await Array.fromAsync(manager.drift(NAME)), []);
  assert.equal(world.world.emulator.stats().versions, 2);
  assert.equal((await manager.current(NAME))?.fingerprint, newer.fingerprint);
});

test("a revert of a revision that is not current leaves the current one where it is, also if it arrives late", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const first = world.manager();
  const older = await first.getOrCreateAgent(variant("Answer with figures."));
  await first.setAlias(NAME, "production", { to: older.fingerprint });
  const newer = await first.getOrCreateAgent(variant("Answer with tables."));
  await world.byHand("DELETE", `${PLACE}/1`);
  const arrive = await sendLateRevert(world, (service) => service);
  await arrive();
  const manager = world.manager();
  await Array.fromAsync(manager.checkDrift({ agentName: NAME, policy: "revert" }));
  assert.deepEqual(await Array.fromAsync(manager.drift(NAME)), []);
  assert.equal((await manager.current(NAME))?.fingerprint, newer.fingerprint);
  const aliased = await manager.getOrCreateAgent({ agentName: NAME, alias: "production" });
  assert.deepEqual([aliased.fingerprint, aliased.remote.version], [older.fingerprint, "3"]);
});
