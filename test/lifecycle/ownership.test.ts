import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";
const BY_HAND = { definition: { kind: "prompt", model: "gpt-4.1", instructions: "Made by hand." } };

test("adopt takes an agent made by hand as it is, writes nothing, and cleanup leaves it in the service", async () => {
  await using world = await openLifecycle();
  await world.byHand("POST", "/agents/market-analyst/versions", BY_HAND);
  const manager = world.manager();
  const writes = world.world.creates();
  const adoption = await manager.adopt(NAME, { owner: "team-research", purpose: "Market questions" });
  assert.equal(adoption.outcome, "adopted");
  assert.deepEqual(
    adoption.revisions.map(({ remote, isCurrent }) => [remote.version, isCurrent]),
    [["1", true]],
  );
  assert.equal((await manager.adopt(NAME)).outcome, "known");
  assert.equal(world.world.creates(), writes);
  assert.deepEqual(await manager.ownership(NAME).then(({ owner, purpose }) => [owner, purpose]), [
    "team-research",
    "Market questions",
  ]);
  await manager.setAlias(NAME, "production", { to: 1 });
  assert.equal((await manager.getOrCreateAgent({ agentName: NAME, alias: "production" })).remote.version, "1");
  await manager.cleanupAgent(NAME);
  assert.equal(world.world.emulator.stats().versions, 1);
});

test("adopt refuses what is not there and what is another scope's, naming it", async () => {
  await using world = await openLifecycle();
  await world.manager({ scope: "shop-prod" }).getOrCreateAgent(variant("Theirs."));
  const manager = world.manager({ scope: "shop-test" });
  await rejectsWith(manager.adopt("nobody"), "agent_not_found");
  assert.match((await rejectsWith(manager.adopt(NAME), "scope_conflict")).message, /shop-prod/);
});

test("two scopes that want one service name are told of each other", async () => {
  await using world = await openLifecycle();
  const owner = world.manager({ scope: "shop-prod" });
  await owner.getOrCreateAgent(variant("Ours."));
  const other = world.manager({ scope: "shop-test" });
  for (let call = 0; call < 3; call += 1) {
    const error = await rejectsWith(other.getOrCreateAgent(variant("Theirs.")), "scope_conflict");
    assert.match(error.message, /shop-prod/);
  }
  const events = await Array.fromAsync(owner.events({ types: ["scope.contested"] }));
  assert.deepEqual(
    events.map(({ agentName, data }) => [agentName, data["wanted"]]),
    [[NAME, { scope: "shop-test", agentName: NAME }]],
  );
  assert.equal(world.told("scope.contested")[0]?.scope, "shop-prod");
});

test("a released agent stays in the service, and neither recovery nor cleanup touches it until it is taken back", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.release(NAME);
  assert.equal(await manager.isAgentRegistered(NAME), false);
  assert.equal((await manager.recover({ deep: true })).adopted, 0);
  assert.deepEqual((await manager.cleanupAll()).deleted, []);
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.deepEqual(await manager.listAgents(), []);
  assert.equal((await manager.adopt(NAME)).outcome, "adopted");
  assert.equal((await manager.current(NAME))?.remote.version, "1");
  assert.equal((await manager.recover({ deep: true })).failed.length, 0);
  await rejectsWith(manager.release("nobody"), "agent_not_found");
  const types = await Array.fromAsync(manager.events({ agentName: NAME }), ({ type }) => type);
  assert.deepEqual(types, ["agent.created", "agent.released", "agent.adopted"]);
});

test("who asks for a configuration of a released agent takes it back without a new version", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.release(NAME);
  assert.equal((await manager.getOrCreateAgent(variant("One."))).outcome, "adopted");
  assert.equal(world.world.emulator.stats().versions, 1);
});

test("a transfer writes every live revision with the new owner's stamp, moves settings and aliases, and removes the old versions", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  const from = world.manager({ scope: "shop-test" });
  const first = await from.getOrCreateAgent(variant("One."));
  const second = await from.getOrCreateAgent(variant("Two."));
  await from.setAlias(NAME, "production", { to: 1 });
  await from.describe(NAME, { owner: "team-research" });
  const moved = await from.transfer(NAME, { toScope: "shop-prod" });
  assert.deepEqual(
    moved.revisions.map(({ fingerprint, before, after }) => [fingerprint, before, after]),
    [
      [first.fingerprint, "market-analyst:1", "market-analyst:3"],
      [second.fingerprint, "market-analyst:2", "market-analyst:4"],
    ],
  );
  assert.equal(world.world.emulator.stats().versions, 2);
  assert.equal(await from.isAgentRegistered(NAME), false);
  const trail = await Array.fromAsync(from.events({ agentName: NAME }), ({ type }) => type);
  assert.deepEqual(trail.slice(-3), ["agent.transferred", "revision.deleted", "revision.deleted"]);
  const to = world.manager({ scope: "shop-prod" });
  assert.deepEqual(
    (await to.revisions(NAME)).map(({ isCurrent, aliases }) => [isCurrent, aliases]),
    [
      [true, []],
      [false, ["production"]],
    ],
  );
  assert.equal((await to.ownership(NAME)).owner, "team-research");
  assert.equal((await to.getOrCreateAgent(variant("One."))).outcome, "reused");
  assert.equal((await to.getOrCreateAgent(variant("Three."))).outcome, "updated");
  await rejectsWith(from.getOrCreateAgent(variant("One.")), "scope_conflict");
});

test("a transfer that cannot be is refused with the reason, and changes nothing", async () => {
  await using world = await openLifecycle();
  const from = world.manager({ scope: "shop-test" });
  await from.getOrCreateAgent(variant("One."));
  assert.match(
    (await rejectsWith(from.transfer(NAME, { toScope: "shop-prod" }), "service_refused")).message,
    /stamp of an equal definition/,
  );
  await rejectsWith(from.transfer(NAME, { toScope: "shop-test" }), "invalid_option");
  await rejectsWith(from.transfer(NAME, { toScope: "not a scope" }), "invalid_option");
  await rejectsWith(from.transfer("nobody", { toScope: "shop-prod" }), "agent_not_found");
  await from.getOrCreateAgent({ ...variant("One."), sessionId: "s1" });
  await from.flush();
  await rejectsWith(from.transfer(NAME, { toScope: "shop-prod" }), "agent_protected");
  assert.equal((await from.current(NAME))?.remote.version, "1");
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.equal((await world.manager({ scope: "shop-test" }).getOrCreateAgent(variant("Two."))).outcome, "updated");
});

test("a transfer whose answers are lost is ended by the same call, without copies", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  const from = world.manager({ scope: "shop-test" });
  await from.getOrCreateAgent(variant("One."));
  await from.getOrCreateAgent(variant("Two."));
  world.world.emulator.faults([
    { method: "POST", path: "/versions", effect: "drop-after" },
    { method: "DELETE", path: "/versions", effect: "status", status: 403 },
  ]);
  await rejectsWith(from.transfer(NAME, { toScope: "shop-prod" }), "forbidden");
  const { revisions } = await from.transfer(NAME, { toScope: "shop-prod" });
  assert.deepEqual(
    revisions.map(({ before }) => before),
    ["market-analyst:1", "market-analyst:2"],
  );
  assert.equal(world.world.emulator.stats().versions, 2);
  assert.equal((await world.manager({ scope: "shop-prod" }).revisions(NAME)).length, 2);
});

/** Seed 11828 of the simulation as it was when this was found: the record was gone, and nothing could end the transfer. */
test("a transfer that is cut off between the old record and the new one is ended by the same call", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "all" } });
  let isCut = false;
  const registry = decorateRegistry(new MemoryRegistry({ store: world.store }), (call, proceed) => {
    if (!isCut || call !== "intents.commit") return proceed();
    isCut = false;
    return Promise.reject(new TenureError("registry_unavailable", "The connection to the registry broke."));
  });
  const from = world.manager({ scope: "shop-test", registry });
  await from.getOrCreateAgent(variant("One."));
  await from.getOrCreateAgent(variant("Two."));
  isCut = true;
  await rejectsWith(from.transfer(NAME, { toScope: "shop-prod" }), "registry_unavailable");
  assert.equal(world.world.emulator.stats().versions, 4);
  await from.transfer(NAME, { toScope: "shop-prod" });
  assert.equal(world.world.emulator.stats().versions, 2);
  assert.equal((await world.manager({ scope: "shop-prod" }).revisions(NAME)).length, 2);
});

test("owner and purpose are texts, set and taken away, with before and after in the trail", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.describe(NAME, { owner: "a" });
  await manager.describe(NAME, { owner: "a" });
  const described = await manager.describe(NAME, { owner: null, purpose: "Test" });
  assert.deepEqual([described.owner, described.purpose], [undefined, "Test"]);
  const events = await Array.fromAsync(manager.events({ types: ["agent.described"] }), ({ data }) => [
    data["before"],
    data["after"],
  ]);
  assert.deepEqual(events, [
    [
      { owner: null, purpose: null },
      { owner: "a", purpose: null },
    ],
    [
      { owner: "a", purpose: null },
      { owner: null, purpose: "Test" },
    ],
  ]);
  for (const owner of ["", " ", "x".repeat(257), "a\nb"])
    await rejectsWith(manager.describe(NAME, { owner }), "invalid_option");
});
