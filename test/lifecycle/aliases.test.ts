import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";

test("an alias gives the revision that it stands for, counted as a use, and moves with it", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(variant("One."));
  const second = await manager.getOrCreateAgent(variant("Two."));
  await manager.setAlias(NAME, "production", { to: 1 });
  const agent = await manager.getOrCreateAgent({ agentName: NAME, alias: "production", sessionId: "s1" });
  assert.deepEqual([agent.remote.id, agent.outcome, agent.sessionId], [first.remote.id, "reused", "s1"]);
  await manager.setAlias(NAME, "production", { to: second.fingerprint, expected: 1 });
  assert.equal((await manager.getOrCreateAgent({ agentName: NAME, alias: "production" })).remote.id, second.remote.id);
  await manager.flush();
  assert.deepEqual(
    (await manager.revisions(NAME)).map(({ uses, aliases }) => [uses, aliases]),
    [
      [2, ["production"]],
      [2, []],
    ],
  );
  assert.deepEqual(
    world.told("alias.moved").map(({ before, fingerprint }) => [before, fingerprint]),
    [
      [undefined, first.fingerprint],
      [first.fingerprint, second.fingerprint],
    ],
  );
});

test("a wrong request by alias is refused before anything is opened", async () => {
  await using world = await openLifecycle();
  const calls: string[] = [];
  const registry = decorateRegistry(new MemoryRegistry(), (call, proceed) => {
    calls.push(call);
    return proceed();
  });
  const manager = world.manager({ registry });
  const good = { agentName: NAME, alias: "production" };
  const given = (request: object, options?: object): Promise<unknown> =>
    manager.getOrCreateAgent({ ...good, ...request }, options);
  await rejectsWith(given({ agentName: "" }), "invalid_name");
  await rejectsWith(given({ alias: "" }), "invalid_name");
  await rejectsWith(given({ sessionId: " " }), "invalid_option");
  await rejectsWith(given({ instructions: "One." }), "invalid_config");
  await rejectsWith(given({}, { unmanagd: "adopt" }), "invalid_option");
  await rejectsWith(given({}, { signal: AbortSignal.abort() }), "aborted");
  const unreadable = Object.defineProperty({ agentName: NAME }, "alias", {
    get: () => {
      throw new Error("boom");
    },
  });
  await rejectsWith(manager.getOrCreateAgent(unreadable), "invalid_config");
  assert.deepEqual(calls, []);
});

test("of two who move an alias from the same place one wins, and the other learns where it is", async () => {
  await using world = await openLifecycle();
  const [left, right] = [world.manager(), world.manager()];
  await left.getOrCreateAgent(variant("One."));
  await left.getOrCreateAgent(variant("Two."));
  const results = await Promise.allSettled([
    left.setAlias(NAME, "production", { to: 1, expected: 0 }),
    right.setAlias(NAME, "production", { to: 2, expected: 0 }),
  ]);
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  const error = await rejectsWith(left.setAlias(NAME, "production", { to: 1, expected: 0 }), "alias_conflict");
  assert.equal(error.details["moves"], 1);
  assert.equal(error.details["fingerprint"], (await left.getAlias(NAME, "production"))?.fingerprint);
});

test("another process sees a moved alias after at most freshMs, and reads the registry once in that time", async () => {
  await using world = await openLifecycle();
  const mover = world.manager();
  const first = await mover.getOrCreateAgent(variant("One."));
  const second = await mover.getOrCreateAgent(variant("Two."));
  await mover.setAlias(NAME, "production", { to: 1 });
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ store: world.store });
  const reader = world.manager({ registry, runtime, freshMs: 1_000, flushMs: 600_000 });
  let reads = 0;
  const get = registry.aliases.get.bind(registry.aliases);
  registry.aliases.get = (params) => {
    reads += 1;
    return get(params);
  };
  const ask = async () => (await reader.getOrCreateAgent({ agentName: NAME, alias: "production" })).remote.id;
  assert.equal(await ask(), first.remote.id);
  await mover.setAlias(NAME, "production", { to: 2 });
  runtime.advance(999);
  assert.equal(await ask(), first.remote.id);
  assert.equal(reads, 1);
  runtime.advance(1);
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), Array(3).fill(second.remote.id));
  assert.equal(reads, 2);
});

test("a registry that does not answer leaves a known alias usable, or fails if that is wanted", async () => {
  await using world = await openLifecycle();
  const maker = world.manager();
  const first = await maker.getOrCreateAgent(variant("One."));
  await maker.setAlias(NAME, "production", { to: 1 });
  const { TenureError } = await import("../../src/errors/index.ts");
  for (const [whenRegistryFails, expected] of [
    ["reuse-known", first.remote.id],
    ["fail", "registry_unavailable"],
  ] as const) {
    const runtime = new ManualRuntime();
    const registry = new MemoryRegistry({ store: world.store });
    const manager = world.manager({ registry, runtime, freshMs: 1_000, whenRegistryFails, flushMs: 600_000 });
    await manager.getOrCreateAgent({ agentName: NAME, alias: "production" });
    registry.aliases.get = () => Promise.reject(new TenureError("registry_unavailable", "down", { retryable: true }));
    runtime.advance(2_000);
    const got = await manager.getOrCreateAgent({ agentName: NAME, alias: "production" }).then(
      (agent) => agent.remote.id,
      (error: unknown) => TenureError.from(error).code,
    );
    assert.equal(got, expected);
  }
});

test("a registry that is silent keeps nobody waiting for a known alias for longer than a second", async () => {
  await using world = await openLifecycle();
  const maker = world.manager();
  const first = await maker.getOrCreateAgent(variant("One."));
  await maker.setAlias(NAME, "production", { to: 1 });
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ store: world.store });
  const manager = world.manager({ registry, runtime, freshMs: 1_000, flushMs: 600_000 });
  const ask = async () => (await manager.getOrCreateAgent({ agentName: NAME, alias: "production" })).remote.id;
  await ask();
  const asked = Promise.withResolvers<undefined>();
  registry.aliases.get = () => {
    asked.resolve(undefined);
    return new Promise(() => undefined);
  };
  runtime.advance(1_000);
  const waiting = ask();
  await asked.promise;
  runtime.advance(1_000);
  assert.equal(await waiting, first.remote.id);
  assert.equal(await ask(), first.remote.id);
});

test("aliases are listed and deleted, and one that is not there, or whose revision is gone, says so", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await manager.getOrCreateAgent(variant("Two."));
  await manager.setAlias(NAME, "staging", { to: 2 });
  await manager.setAlias(NAME, "production", { to: 1 });
  assert.deepEqual(
    (await manager.listAliases(NAME)).map(({ alias }) => alias),
    ["production", "staging"],
  );
  assert.equal(await manager.deleteAlias(NAME, "staging"), true);
  assert.equal(await manager.deleteAlias(NAME, "staging"), false);
  await rejectsWith(manager.getOrCreateAgent({ agentName: NAME, alias: "staging" }), "alias_not_found");
  await world.byHand("DELETE", "/agents/market-analyst/versions/1");
  await manager.recover({ deep: true });
  await rejectsWith(world.manager().getOrCreateAgent({ agentName: NAME, alias: "production" }), "revision_not_found");
  await rejectsWith(manager.setAlias(NAME, "production", { to: 9 }), "revision_not_found");
  await rejectsWith(manager.setAlias("nobody", "production", { to: 1 }), "agent_not_found");
});

test("a run that finds an aliased revision missing can have it made again", async () => {
  await using world = await openLifecycle();
  await world.manager().getOrCreateAgent(variant("One."));
  const manager = world.manager();
  await manager.setAlias(NAME, "production", { to: 1 });
  const agent = await manager.getOrCreateAgent({ agentName: NAME, alias: "production" });
  await world.byHand("DELETE", "/agents/market-analyst");
  const repaired = await manager.repair(agent);
  assert.equal(repaired.fingerprint, agent.fingerprint);
  assert.equal(world.world.emulator.stats().versions, 1);
});

test("wrong names of aliases, and a configuration beside an alias, are refused before any I/O", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  for (const alias of ["", "1", "a b", "ä", "x".repeat(65), "-a"]) {
    await rejectsWith(manager.setAlias(NAME, alias, { to: 1 }), "invalid_name");
    await rejectsWith(manager.getOrCreateAgent({ agentName: NAME, alias }), "invalid_name");
  }
  const both = { agentName: NAME, alias: "production", instructions: "One." };
  await rejectsWith(manager.getOrCreateAgent(both), "invalid_config");
  await rejectsWith(manager.setAlias(NAME, "production", { to: 1, expected: -1 }), "invalid_option");
  assert.equal(world.world.emulator.requests().length, 0);
});

test("promotion moves an alias only through its gate", async () => {
  await using world = await openLifecycle();
  const manager = world.manager();
  await manager.getOrCreateAgent(variant("One."));
  await rejectsWith(manager.promote(NAME, { to: 1, alias: "production", gate: { atLeast: 0.5 } }), "change_forbidden");
  assert.equal(await manager.getAlias(NAME, "production"), undefined);
  assert.deepEqual((await manager.promote(NAME, { to: 1, alias: "production" })).aliases, ["production"]);
});
