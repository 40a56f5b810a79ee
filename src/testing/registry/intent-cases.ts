import assert from "node:assert/strict";
import {
  ALICE,
  BOB,
  commit,
  fingerprint,
  hold,
  keyOf,
  LOCATION,
  newAgent,
  newEvent,
  newIntent,
  newRevision,
  pages,
} from "./fixtures.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

/** Intents: what is about to be made, and how it ends. */
export const intentCases: readonly RegistryCase[] = [
  registryCase("an intent and its agent are written at once, and read by every connection", async (subject) => {
    const { registry } = subject;
    const lease = await hold(registry, KEY);
    const agent = { ...newAgent(KEY), ephemeralOwner: ALICE, settings: { purpose: "test" } };
    const intent = await registry.intents.create({ lease, intent: newIntent(KEY, "i1"), agent });
    assert.equal(intent.fence, lease.fence);
    assert.deepEqual({ ...intent.holder }, ALICE);
    const other = await subject.connect();
    const { items } = await other.intents.list({ location: LOCATION });
    assert.equal(items.length, 1);
    assert.deepEqual({ ...items[0] }, { ...intent });
    const { fence: _fence, holder: _holder, createdAt, ...rest } = intent;
    assert.deepEqual({ ...rest }, newIntent(KEY, "i1"));
    assert.ok(createdAt <= (await registry.now()));
    const record = await other.agents.get({ key: KEY });
    assert.deepEqual({ ...record?.ephemeralOwner }, ALICE);
    assert.deepEqual({ ...record?.settings }, { purpose: "test" });
    assert.equal(record?.current, undefined);
  }),
  registryCase("an intent that is written again with the same id stays as it was", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    const first = await registry.intents.create({ lease, intent: newIntent(KEY, "i1"), agent: newAgent(KEY) });
    const events = [newEvent("twice", KEY.name, 1)];
    const again = await registry.intents.create({
      lease,
      intent: newIntent(KEY, "i1", 2),
      agent: newAgent(KEY),
      events,
    });
    assert.deepEqual({ ...again }, { ...first });
    assert.deepEqual((await registry.events.list({ location: LOCATION })).items, []);
  }),
  registryCase("an intent without fingerprint keeps none", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    const intent = { ...newIntent(KEY, "i1"), kind: "delete-agent" as const, fingerprint: undefined };
    await registry.intents.create({ lease, intent, agent: newAgent(KEY) });
    const { items } = await registry.intents.list({ location: LOCATION });
    assert.deepEqual([items[0]?.kind, items[0]?.fingerprint], ["delete-agent", undefined]);
  }),
  registryCase("a commit ends the intent with a live revision, and points to it if asked", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    await registry.intents.create({ lease, intent: newIntent(KEY, "i1"), agent: newAgent(KEY) });
    const facts = { lease, intentId: "i1", agent: newAgent(KEY) };
    const first = await registry.intents.commit({ ...facts, revision: newRevision(KEY, 1), makeCurrent: true });
    assert.equal(first.agent.current, fingerprint(1));
    assert.equal(first.revision.state, "active");
    assert.deepEqual((await registry.intents.list({ location: LOCATION })).items, []);
    const second = await registry.intents.commit({ ...facts, revision: newRevision(KEY, 2), makeCurrent: false });
    assert.equal(second.agent.current, fingerprint(1));
  }),
  registryCase("a commit leaves the other intents of the agent", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    for (const id of ["i1", "i2"])
      await registry.intents.create({ lease, intent: newIntent(KEY, id), agent: newAgent(KEY) });
    await registry.intents.commit({
      lease,
      intentId: "i1",
      revision: newRevision(KEY),
      makeCurrent: true,
      agent: newAgent(KEY),
    });
    const { items } = await registry.intents.list({ location: LOCATION });
    assert.deepEqual(
      items.map(({ id }) => id),
      ["i2"],
    );
  }),
  registryCase("a commit brings a deleted revision back, with its settings and a new birthday", async (subject) => {
    const { registry } = subject;
    const { revision: first } = await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    const change = { lease, key: KEY, fingerprint: fingerprint(1) };
    await registry.agents.updateRevision({ ...change, state: "deleted", settings: { note: 1 } });
    await subject.advance(1000);
    const revision = { ...newRevision(KEY), remote: { id: "new", name: "new", version: "9" }, stamped: false };
    const facts = { intentId: undefined, makeCurrent: true, agent: newAgent(KEY) };
    const back = await registry.intents.commit({ lease, revision, ...facts });
    assert.equal(back.revision.state, "active");
    assert.deepEqual({ ...back.revision.remote }, revision.remote);
    assert.equal(back.revision.stamped, false);
    assert.deepEqual({ ...back.revision.settings }, { note: 1 });
    assert.ok(back.revision.createdAt >= first.createdAt + 1000);
  }),
  registryCase("a commit of a living revision keeps its birthday and takes its mark", async (subject) => {
    const { registry } = subject;
    const { revision: first } = await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), state: "retiring" });
    await subject.advance(1000);
    const facts = { intentId: undefined, makeCurrent: false, agent: newAgent(KEY) };
    const { revision } = await registry.intents.commit({ lease, revision: newRevision(KEY), ...facts });
    assert.deepEqual([revision.state, revision.markedAt, revision.createdAt], ["active", undefined, first.createdAt]);
  }),
  registryCase("a dropped intent takes an agent with it that has nothing else", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    for (const id of ["i1", "i2"])
      await registry.intents.create({ lease, intent: newIntent(KEY, id), agent: newAgent(KEY) });
    await registry.intents.drop({ lease, key: KEY, intentId: "unknown" });
    await registry.intents.drop({ lease, key: KEY, intentId: "i1" });
    assert.notEqual(await registry.agents.get({ key: KEY }), undefined);
    await registry.intents.drop({ lease, key: KEY, intentId: "i2" });
    assert.equal(await registry.agents.get({ key: KEY }), undefined);
    const { serviceKey = "" } = newAgent(KEY);
    assert.equal(await registry.agents.getByServiceKey({ location: LOCATION, serviceKey }), undefined);
  }),
  registryCase("a dropped intent leaves an agent that has a revision", async ({ registry }) => {
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    await registry.intents.create({ lease, intent: newIntent(KEY, "i1", 2), agent: newAgent(KEY) });
    await registry.intents.drop({ lease, key: KEY, intentId: "i1" });
    assert.equal((await registry.agents.get({ key: KEY }))?.current, fingerprint(1));
    assert.deepEqual((await registry.intents.list({ location: LOCATION })).items, []);
  }),
  registryCase("intents are listed oldest first in pages, by location, scope or agent", async (subject) => {
    const { registry } = subject;
    const keys = [keyOf("b"), keyOf("a"), keyOf("a", "other"), keyOf("c")];
    for (const [index, key] of keys.entries()) {
      const lease = await hold(registry, key);
      await registry.intents.create({ lease, intent: newIntent(key, `i${index}`), agent: newAgent(key) });
      if (index % 2 === 0) await subject.advance(5);
    }
    const ids = async (filter: { readonly scope?: string; readonly name?: string }): Promise<string[]> => {
      const parts = await pages(1, (page) => registry.intents.list({ location: LOCATION, ...filter, ...page }));
      return parts.flat().map(({ id }) => id);
    };
    assert.deepEqual(await ids({}), ["i0", "i1", "i2", "i3"]);
    assert.deepEqual(await ids({ scope: "suite" }), ["i0", "i1", "i3"]);
    assert.deepEqual(await ids({ scope: "suite", name: "a" }), ["i1"]);
    assert.deepEqual((await registry.intents.list({ location: "elsewhere" })).items, []);
  }),
  registryCase(
    "two agents of a scope that would share a service name collide, and both are named",
    async ({ registry }) => {
      const other = keyOf("Market_Analyst");
      await commit(registry, KEY);
      const lease = await hold(registry, other);
      const agent = { serviceName: "Market-Analyst", serviceKey: newAgent(KEY).serviceKey };
      const events = [newEvent("never", other.name, 1)];
      const creating = registry.intents.create({ lease, intent: newIntent(other, "i1"), agent, events });
      const error = await rejectsWith(creating, "name_collision");
      assert.ok(error.message.includes(`"${KEY.name}"`) && error.message.includes(`"${other.name}"`), error.message);
      const facts = { lease, intentId: undefined, revision: newRevision(other), makeCurrent: true };
      await rejectsWith(registry.intents.commit({ ...facts, agent, events }), "name_collision");
      assert.equal(await registry.agents.get({ key: other }), undefined);
      assert.deepEqual((await registry.intents.list({ location: LOCATION })).items, []);
      assert.deepEqual((await registry.events.list({ location: LOCATION })).items, []);
    },
  ),
  registryCase("two scopes that would share a service name are refused, and both are named", async ({ registry }) => {
    const other = keyOf(KEY.name, "other");
    await commit(registry, KEY);
    const lease = await hold(registry, other, BOB);
    const agent = newAgent(KEY);
    const error = await rejectsWith(
      registry.intents.create({ lease, intent: newIntent(other, "i"), agent }),
      "scope_conflict",
    );
    assert.ok(error.message.includes('"suite"') && error.message.includes('"other"'), error.message);
    const nameOf = ({ scope, name }: AgentKey) => ({ scope, agentName: name });
    assert.deepEqual(error.details["wanted"], nameOf(other));
    assert.deepEqual(error.details["owner"], nameOf(KEY));
  }),
  registryCase(
    "a service name is free in another location, after deletion, and without service key",
    async ({ registry }) => {
      await commit(registry, KEY);
      const elsewhere = { ...KEY, location: "https://elsewhere.example" };
      await commit(registry, elsewhere);
      const lease = await hold(registry, KEY);
      await registry.agents.delete({ lease, key: KEY });
      const heir = keyOf("heir");
      const mine = await hold(registry, heir);
      await registry.intents.create({ lease: mine, intent: newIntent(heir, "i1"), agent: newAgent(KEY) });
      for (const name of ["x", "y"]) {
        const key = keyOf(name);
        const own = await hold(registry, key);
        const agent = { serviceName: "same", serviceKey: undefined };
        await registry.intents.create({ lease: own, intent: newIntent(key, name), agent });
      }
      assert.equal((await registry.agents.get({ key: keyOf("y") }))?.serviceKey, undefined);
    },
  ),
];
