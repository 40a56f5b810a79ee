import assert from "node:assert/strict";
import { test } from "node:test";
import type { DriftFinding } from "../../src/lifecycle/drift/finding.ts";
import type { DriftPolicy } from "../../src/lifecycle/options.ts";
import type { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import { EDITED, edited } from "./edited-service.ts";
import { type LifecycleWorld, openLifecycle, rejectsWith, variant } from "./lifecycle-world.ts";

const NAME = "market_analyst";
const PLAIN = variant("Answer with figures.\nName your sources.\nBe brief.");

const SOURCES: Readonly<Record<DriftFinding["source"], (world: LifecycleWorld) => Promise<ProductionAgentManager>>> = {
  edited: async (world) => {
    await world.manager().getOrCreateAgent(PLAIN);
    return world.manager({ service: edited(world.world.service()) });
  },
  "newer-version": async (world) => {
    await world.manager().getOrCreateAgent(PLAIN);
    await world.byHand("POST", "/agents/market-analyst/versions", {
      definition: { kind: "prompt", model: "gpt-4.1", instructions: EDITED, temperature: 0.2 },
    });
    return world.manager();
  },
  deleted: async (world) => {
    await world.manager().getOrCreateAgent(PLAIN);
    await world.byHand("DELETE", "/agents/market-analyst");
    return world.manager();
  },
  disabled: async (world) => {
    await world.manager().getOrCreateAgent(PLAIN);
    await world.byHand("POST", "/agents/market-analyst:disable");
    return world.manager();
  },
};

/** Every rule by which the service may answer a write with the version that it has. What was edited in place is there for our reads only: no rule sees it. */
const MODES = {
  edited: ["off"],
  "newer-version": ["off", "definition", "all"],
  deleted: ["off", "definition", "all"],
  disabled: ["off", "definition", "all"],
} as const;

const find = (manager: ProductionAgentManager, policy?: DriftPolicy) =>
  Array.fromAsync(manager.checkDrift({ agentName: NAME, policy }));
const left = (manager: ProductionAgentManager) => Array.fromAsync(manager.drift(NAME), ({ source }) => source);

const TEXT = ["instructions", "-Name your sources.", "+Invent sources.", "temperature"];

for (const [source, make] of Object.entries(SOURCES)) {
  test(`drift "${source}" is reported with a difference that a person can read, and left as it is`, async () => {
    await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
    const manager = await make(world);
    const writes = world.world.creates();
    const [finding, ...more] = await find(manager);
    assert.deepEqual([finding?.source, finding?.action, more.length], [source, "reported", 0]);
    const parts = source === "disabled" ? ["state", "enabled", "disabled"] : source === "deleted" ? [] : TEXT;
    for (const part of parts)
      assert.ok(
        finding?.text.replaceAll("- ", "-").replaceAll("+ ", "+").includes(part),
        `${part} in\n${finding?.text}`,
      );
    assert.deepEqual(await left(manager), [source]);
    assert.equal(world.world.creates(), writes);
    assert.deepEqual(
      world.told("drift.found").map((event) => [event.source, event.action]),
      [[source, "reported"]],
    );
    const { items } = await manager.registry.events.list({
      location: manager.service.location,
      types: ["drift.found"],
    });
    assert.deepEqual(
      items.map(({ data }) => [data["source"], data["cause"]]),
      [[source, "report"]],
    );
  });

  test(`drift "${source}" under "fail" rejects with the difference after everything was looked at`, async () => {
    await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
    const manager = await make(world);
    await manager.getOrCreateAgent({ agentName: "untouched", instructions: "Fine." });
    const found: DriftFinding[] = [];
    const error = await rejectsWith(
      (async () => {
        for await (const finding of manager.checkDrift({ policy: "fail" })) found.push(finding);
      })(),
      "agent_drifted",
    );
    assert.deepEqual(
      found.map(({ action }) => action),
      ["failed"],
    );
    assert.match(error.message, new RegExp(`"market_analyst" ${source}`));
    assert.deepEqual(await left(manager), [source]);
  });

  const modes = MODES[source as DriftFinding["source"]].flatMap((dedupe) => [
    { policy: "adopt" as const, dedupe },
    { policy: "revert" as const, dedupe },
  ]);
  for (const { policy, dedupe } of modes) {
    test(`drift "${source}" under "${policy}" is dealt with once, told, and no drift afterwards (equal writes: ${dedupe})`, async () => {
      await using world = await openLifecycle({ behaviour: { dedupe } });
      const manager = await make(world);
      await manager.setDriftPolicy(NAME, policy);
      const [finding, ...more] = await find(manager);
      assert.deepEqual(
        [finding?.source, finding?.action, finding?.error, more.length],
        [source, policy === "adopt" ? "adopted" : "reverted", undefined, 0],
      );
      assert.deepEqual(await left(manager), []);
      assert.deepEqual(await find(manager), []);
      const { items } = await manager.registry.intents.list({ location: manager.service.location });
      assert.deepEqual(items, []);
    });
  }
}

test("reverting an edit makes the revision anew, moves the record to the new copy and removes the edited one", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES.edited(world);
  const before = await manager.getOrCreateAgent(PLAIN);
  await find(manager, "revert");
  const after = await world.manager().getOrCreateAgent(PLAIN);
  assert.equal(after.fingerprint, before.fingerprint);
  assert.deepEqual([before.remote.version, after.remote.version], ["1", "2"]);
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.equal((await manager.current(NAME))?.remote.version, "2");
  const deleted = await Array.fromAsync(manager.events({ types: ["revision.deleted"] }), ({ data }) => data);
  assert.deepEqual(
    deleted.map(({ cause, fingerprint }) => [cause, fingerprint]),
    [["drift", before.fingerprint]],
  );
  assert.deepEqual(
    await manager.recover({ deep: true }).then(({ adopted, duplicatesRemoved }) => [adopted, duplicatesRemoved]),
    [0, 0],
  );
});

test("reverting a newer version leaves it alone, since it is not ours, and pins the endpoint to the current revision", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES["newer-version"](world);
  await find(manager, "revert");
  assert.equal(world.world.emulator.stats().versions, 2);
  assert.deepEqual(await manager.service.endpoints?.get({ serviceName: "market-analyst" }), ["1"]);
  assert.equal((await manager.current(NAME))?.remote.version, "1");
});

test("an adopted newer version becomes current, and those who ask for their own configuration still get it", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES["newer-version"](world);
  await find(manager, "adopt");
  assert.equal((await manager.current(NAME))?.remote.version, "2");
  assert.equal((await manager.getOrCreateAgent(PLAIN)).remote.version, "1");
  assert.equal(await manager.cleanupAgent(NAME), true);
  assert.equal(world.world.emulator.stats().versions, 1, "what Tenure did not make stays");
});

test("a pin keeps the current revision where it is when a newer version is adopted", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES["newer-version"](world);
  await manager.pin(NAME);
  await find(manager, "adopt");
  assert.equal((await manager.current(NAME))?.remote.version, "1");
  assert.equal((await manager.revisions(NAME)).length, 2);
});

test("a version of another scope on top is never adopted, and says whose it is", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager();
  await manager.getOrCreateAgent(PLAIN);
  const service = world.world.service();
  const stamp = { scope: "other", agentName: NAME, fingerprint: `v1:${"0".repeat(64)}`, intentId: "x" } as const;
  const definition = { kind: "prompt", model: "gpt-4.1", instructions: "Theirs." };
  await service.createRevision({
    serviceName: "market-analyst",
    definition,
    description: undefined,
    metadata: {},
    stamp,
  });
  await service.close();
  await rejectsWith(find(manager, "adopt"), "agent_drifted");
  const [finding] = await Array.fromAsync(manager.drift(NAME));
  assert.equal(finding?.source, "newer-version");
  assert.equal(world.told("drift.found")[0]?.action, "failed");
  assert.equal((await manager.current(NAME))?.remote.version, "1");
});

test("a deleted revision that something holds is made again under revert, any other is recorded as gone", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager();
  for (const text of ["One.", "Two.", "Three."]) await manager.getOrCreateAgent(variant(text));
  await manager.setAlias(NAME, "production", { to: 1 });
  await world.byHand("DELETE", "/agents/market-analyst/versions/1");
  await world.byHand("DELETE", "/agents/market-analyst/versions/2");
  const findings = await find(manager, "revert");
  assert.deepEqual(
    findings.map(({ source, action }) => `${source} ${action}`),
    Array(2).fill("deleted reverted"),
  );
  assert.deepEqual(
    (await manager.revisions(NAME))
      .map(({ remote, aliases }) => [remote.version, aliases])
      .toSorted(([a], [b]) => Number(a) - Number(b)),
    [
      ["3", []],
      ["4", ["production"]],
    ],
  );
  assert.equal((await manager.current(NAME))?.remote.version, "3");
});

test("a repaired agent counts anew: enabled again, then disabled again, is drift again", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES.disabled(world);
  await find(manager, "adopt");
  assert.deepEqual(await left(manager), []);
  await world.byHand("POST", "/agents/market-analyst:enable");
  assert.deepEqual(await find(manager), []);
  await world.byHand("POST", "/agents/market-analyst:disable");
  assert.deepEqual(await left(manager), ["disabled"]);
});

test("a revert whose write is lost on the way is not sent twice, and the next check finds nothing to do", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = await SOURCES.deleted(world);
  world.world.emulator.faults([{ method: "POST", path: "/versions", effect: "drop-after" }]);
  const [finding] = await find(manager, "revert");
  assert.equal(finding?.error, undefined);
  assert.equal(world.world.emulator.stats().versions, 1);
});

for (const dedupe of ["definition", "all", "off"] as const) {
  test(`an agent made again by hand with an equal definition is not said to be reverted unless it was (equal writes: ${dedupe})`, async () => {
    await using world = await openLifecycle({ behaviour: { dedupe } });
    const manager = await SOURCES.deleted(world);
    const { definition } = (await manager.current(NAME)) ?? {};
    await world.byHand("POST", "/agents/market-analyst/versions", { definition });
    const stamps = () =>
      Array.fromAsync(manager.service.listRevisions({ serviceName: "market-analyst" }), ({ stamp }) => stamp?.scope);
    if (dedupe === "definition") {
      const error = await rejectsWith(find(manager, "revert"), "agent_drifted");
      assert.match(error.message, /without our stamp/);
      assert.deepEqual(await left(manager), ["edited"]);
      assert.deepEqual(await stamps(), [undefined]);
      assert.equal((await find(manager, "adopt"))[0]?.action, "adopted");
    } else {
      assert.equal((await find(manager, "revert"))[0]?.action, "reverted");
      assert.equal((await stamps())[0], "default");
    }
    assert.deepEqual(await left(manager), []);
    assert.deepEqual((await manager.registry.intents.list({ location: manager.service.location })).items, []);
  });
}

test("two processes that revert at once make one copy", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const first = await SOURCES.deleted(world);
  const second = world.manager();
  await Promise.all([find(first, "revert"), find(second, "revert")]);
  assert.equal(world.world.emulator.stats().versions, 1);
  assert.deepEqual(await left(second), []);
});

test("policies that are none, and agents that nobody knows, are refused", async () => {
  await using world = await openLifecycle({ behaviour: { dedupe: "off" } });
  const manager = world.manager();
  await manager.getOrCreateAgent(PLAIN);
  await rejectsWith(manager.setDriftPolicy(NAME, "ignore" as never), "invalid_option");
  await rejectsWith(find(manager, "ignore" as never), "invalid_option");
  await rejectsWith(Array.fromAsync(manager.drift("nobody")), "agent_not_found");
  await rejectsWith(Array.fromAsync(manager.drift("-")), "invalid_name");
});
