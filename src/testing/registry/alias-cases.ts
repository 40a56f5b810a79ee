import assert from "node:assert/strict";
import type { AgentRegistry, Lease } from "../../registry/contract/index.ts";
import { commit, fingerprint, hold, keyOf, LOCATION, newEvent, pages } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

function set(registry: AgentRegistry, lease: Lease, alias: string, [expected, seed = 1]: readonly [number, number?]) {
  return registry.aliases.set({ lease, key: KEY, alias, fingerprint: fingerprint(seed), expected });
}

/** Aliases: names that stand for revisions, moved with compare-and-set under the agent's lease. */
export const aliasCases: readonly RegistryCase[] = [
  registryCase("an alias comes back whole on every connection, and knows how often it moved", async (subject) => {
    const { registry } = subject;
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const lease = await hold(registry, KEY);
    const first = await set(registry, lease, "production", [0, 1]);
    const moved = await set(registry, lease, "production", [1, 2]);
    assert.deepEqual([first.written, first.alias?.moves, moved.written, moved.alias?.moves], [true, 1, true, 2]);
    const read = await (await subject.connect()).aliases.get({ key: KEY, alias: "production" });
    assert.deepEqual({ ...read, key: { ...read?.key } }, { ...moved.alias, key: { ...KEY } });
    assert.equal(read?.fingerprint, fingerprint(2));
    assert.equal(await registry.aliases.get({ key: KEY, alias: "Production" }), undefined);
  }),
  registryCase("an alias moves only from where the caller saw it, and tells where it is", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const lease = await hold(registry, KEY);
    assert.deepEqual(await set(registry, lease, "staging", [1]), { written: false, alias: undefined });
    await set(registry, lease, "staging", [0, 1]);
    const late = await set(registry, lease, "staging", [0, 2]);
    assert.equal(late.written, false);
    assert.equal(late.alias?.fingerprint, fingerprint(1));
  }),
  registryCase("an alias points to a live revision only", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const lease = await hold(registry, KEY);
    await rejectsWith(set(registry, lease, "production", [0, 9]), "revision_not_found");
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), state: "deleted" });
    await rejectsWith(set(registry, lease, "production", [0, 1]), "revision_not_found");
    const nobody = keyOf("nobody");
    const other = await hold(registry, nobody);
    const params = { lease: other, key: nobody, alias: "a", fingerprint: fingerprint(1), expected: 0 };
    await rejectsWith(registry.aliases.set(params), "agent_not_found");
  }),
  registryCase("aliases are changed by the holder of the agent's lease alone", async ({ registry }) => {
    await commit(registry, KEY, 1);
    const stale = await hold(registry, KEY);
    await set(registry, stale, "production", [0]);
    await registry.leases.release({ lease: stale });
    await rejectsWith(set(registry, stale, "production", [1]), "lease_lost");
    await rejectsWith(registry.aliases.delete({ lease: stale, key: KEY, alias: "production" }), "lease_lost");
    assert.equal((await registry.aliases.get({ key: KEY, alias: "production" }))?.moves, 1);
  }),
  registryCase("aliases are listed by name in pages, of one agent", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, keyOf("other"), 1);
    const lease = await hold(registry, KEY);
    for (const alias of ["b", "B", "a", "a-2"]) await set(registry, lease, alias, [0]);
    const listed = await pages(3, (page) => registry.aliases.list({ key: KEY, ...page }));
    assert.deepEqual(
      listed.map((items) => items.map(({ alias }) => alias)),
      [["B", "a", "a-2"], ["b"]],
    );
    assert.deepEqual((await registry.aliases.list({ key: keyOf("other") })).items, []);
  }),
  registryCase(
    "an alias that is deleted is gone, and counts from the start when it comes back",
    async ({ registry }) => {
      await commit(registry, KEY, 1);
      const lease = await hold(registry, KEY);
      await set(registry, lease, "production", [0]);
      await set(registry, lease, "production", [1]);
      assert.equal(await registry.aliases.delete({ lease, key: KEY, alias: "production" }), true);
      assert.equal(await registry.aliases.delete({ lease, key: KEY, alias: "production" }), false);
      assert.equal((await set(registry, lease, "production", [0])).alias?.moves, 1);
    },
  ),
  registryCase("events are written with the alias, or not at all", async ({ registry }) => {
    await commit(registry, KEY, 1);
    const lease = await hold(registry, KEY);
    const params = { lease, key: KEY, alias: "production", fingerprint: fingerprint(1) };
    const event = (type: string) => [newEvent(type, KEY.name, 1)];
    await registry.aliases.set({ ...params, expected: 0, events: event("one") });
    await registry.aliases.set({ ...params, expected: 0, events: event("lost") });
    await registry.aliases.delete({ ...params, events: event("two") });
    await registry.aliases.delete({ ...params, events: event("nothing") });
    const { items } = await registry.events.list({ location: LOCATION });
    assert.deepEqual(
      items.map(({ type }) => type),
      ["one", "two"],
    );
  }),
  registryCase("aliases go with their agent", async ({ registry }) => {
    await commit(registry, KEY, 1);
    const lease = await hold(registry, KEY);
    await set(registry, lease, "production", [0]);
    await registry.agents.delete({ lease, key: KEY });
    await registry.leases.release({ lease });
    assert.deepEqual((await registry.aliases.list({ key: KEY })).items, []);
    await commit(registry, KEY, 1);
    assert.equal(await registry.aliases.get({ key: KEY, alias: "production" }), undefined);
  }),
];
