import assert from "node:assert/strict";
import type { RevisionState } from "../../registry/contract/index.ts";
import { REVISION_TRANSITIONS } from "../../registry/contract/index.ts";
import { ALICE, commit, delta, fingerprint, hold, keyOf, LOCATION, newAgent, newRevision, pages } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

/** Agents and revisions: reading, changing, forgetting. */
export const agentCases: readonly RegistryCase[] = [
  registryCase("what is not there is undefined or empty", async ({ registry: { agents } }) => {
    assert.equal(await agents.get({ key: KEY }), undefined);
    assert.equal(await agents.getByServiceKey({ location: LOCATION, serviceKey: "nobody" }), undefined);
    assert.equal(await agents.getRevision({ key: KEY, fingerprint: fingerprint(1) }), undefined);
    assert.deepEqual(await agents.list({ location: LOCATION }), { items: [] });
    assert.deepEqual(await agents.listRevisions({ key: KEY }), { items: [] });
  }),
  registryCase("a committed agent and revision come back whole, on every connection", async (subject) => {
    const { agent, revision } = await commit(subject.registry, KEY);
    const other = await subject.connect();
    const readAgent = await other.agents.get({ key: KEY });
    const readRevision = await other.agents.getRevision({ key: KEY, fingerprint: fingerprint(1) });
    assert.ok(readAgent !== undefined && readRevision !== undefined);
    assert.deepEqual({ ...readAgent }, { ...agent });
    assert.deepEqual({ ...readRevision }, { ...revision });
    const { createdAt, state, markedAt, settings, ...rest } = readRevision;
    assert.deepEqual({ ...rest }, newRevision(KEY));
    assert.deepEqual([state, markedAt, settings], ["active", undefined, {}]);
    assert.ok(Math.abs(createdAt - (await other.now())) < 60_000);
    assert.equal(readAgent.current, fingerprint(1));
    assert.equal(readAgent.serviceName, KEY.name);
  }),
  registryCase("a look-up gives the revision and whoever has the lease, each if there is one", async (subject) => {
    const { agents, leases } = subject.registry;
    const place = { key: KEY, fingerprint: fingerprint(1) };
    assert.deepEqual(await agents.lookUp(place), { revision: undefined, held: undefined });
    const lease = await hold(subject.registry, KEY);
    assert.deepEqual(await agents.lookUp(place), { revision: undefined, held: lease });
    await leases.release({ lease });
    const { revision } = await commit(subject.registry, KEY);
    assert.deepEqual(await agents.lookUp(place), { revision, held: undefined });
    assert.deepEqual(await agents.lookUp({ ...place, fingerprint: fingerprint(2) }), {
      revision: undefined,
      held: undefined,
    });
    const held = await hold(subject.registry, KEY);
    const other = await subject.connect();
    assert.deepEqual(await other.agents.lookUp(place), { revision, held });
    await subject.advance(held.expiresAt - (await other.now()));
    assert.deepEqual(await other.agents.lookUp(place), { revision, held: undefined });
  }),
  registryCase("names, scopes and locations are told apart letter by letter", async ({ registry }) => {
    await commit(registry, KEY);
    for (const key of [keyOf("Market_Analyst"), keyOf(KEY.name, "Suite"), { ...KEY, location: `${LOCATION}/` }]) {
      assert.equal(await registry.agents.get({ key }), undefined);
    }
    await commit(registry, keyOf("Market_Analyst", "another"));
    assert.equal((await registry.agents.get({ key: KEY }))?.key.name, KEY.name);
  }),
  registryCase("an agent is found by its service key in whatever scope", async ({ registry }) => {
    await commit(registry, keyOf("one", "a"));
    const found = await registry.agents.getByServiceKey({ location: LOCATION, serviceKey: "a/one" });
    assert.deepEqual({ ...found?.key }, keyOf("one", "a"));
    assert.equal(await registry.agents.getByServiceKey({ location: "elsewhere", serviceKey: "a/one" }), undefined);
  }),
  registryCase("agents are listed by name in pages, of one scope or of all", async ({ registry }) => {
    for (const name of ["b", "B", "a", "a-2", "é", "😀", "\ufffd"]) await commit(registry, keyOf(name));
    await commit(registry, keyOf("a", "other"));
    const ofScope = await pages(2, (page) =>
      registry.agents.list({ location: LOCATION, scope: keyOf("a").scope, ...page }),
    );
    assert.deepEqual(
      ofScope.flat().map(({ key }) => key.name),
      ["B", "a", "a-2", "b", "é", "\ufffd", "😀"],
    );
    assert.ok(ofScope.every((items) => items.length <= 2));
    const ofAll = await pages(3, (page) => registry.agents.list({ location: LOCATION, ...page }));
    assert.deepEqual(
      ofAll.flat().map(({ key }) => `${key.name}/${key.scope}`),
      ["B/suite", "a/other", "a/suite", "a-2/suite", "b/suite", "é/suite", "\ufffd/suite", "😀/suite"],
    );
  }),
  registryCase("a page that ends with the last item has no cursor", async ({ registry }) => {
    for (const name of ["a", "b"]) await commit(registry, keyOf(name));
    assert.equal((await registry.agents.list({ location: LOCATION, limit: 2 })).cursor, undefined);
    assert.notEqual((await registry.agents.list({ location: LOCATION, limit: 1 })).cursor, undefined);
  }),
  registryCase(
    "limits outside 1 to 1000 and strange cursors are refused",
    async ({ registry: { agents, sessions } }) => {
      for (const limit of [0, -1, 1001, 1.5, Number.NaN]) {
        await rejectsWith(agents.list({ location: LOCATION, limit }), "invalid_option");
      }
      for (const cursor of ["", "nonsense", Buffer.from('["agents"]').toString("base64url")]) {
        await rejectsWith(agents.list({ location: LOCATION, cursor }), "invalid_option");
        await rejectsWith(sessions.list({ location: LOCATION, scope: "suite", cursor }), "invalid_option");
      }
    },
  ),
  registryCase("revisions are listed newest first in pages, of the states asked for", async (subject) => {
    const { registry } = subject;
    for (const seed of [3, 1, 2, 4]) {
      await commit(registry, KEY, seed);
      if (seed !== 3) await subject.advance(10);
    }
    const lease = await hold(registry, KEY);
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), state: "retiring" });
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(2), state: "deleted" });
    const all = await pages(3, (page) => registry.agents.listRevisions({ key: KEY, ...page }));
    assert.deepEqual(
      all.flat().map((revision) => revision.fingerprint),
      [4, 2, 1, 3].map(fingerprint),
    );
    const kept = await registry.agents.listRevisions({ key: KEY, states: ["active", "retiring"] });
    assert.deepEqual(
      kept.items.map((revision) => revision.fingerprint),
      [4, 1, 3].map(fingerprint),
    );
    assert.deepEqual(await registry.agents.listRevisions({ key: KEY, states: [] }), { items: [] });
  }),
  registryCase("settings are patched: null removes, absent stays, members are replaced whole", async ({ registry }) => {
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    await registry.agents.update({ lease, key: KEY, settings: { owner: "a", policy: { keep: 3, days: 1 }, gone: 1 } });
    const agent = await registry.agents.update({
      lease,
      key: KEY,
      settings: { gone: null, policy: { keep: 5 }, note: undefined },
    });
    assert.deepEqual({ ...agent.settings }, { owner: "a", policy: { keep: 5 } });
    assert.deepEqual({ ...(await registry.agents.get({ key: KEY }))?.settings }, { owner: "a", policy: { keep: 5 } });
    assert.equal(agent.current, fingerprint(1));
    const change = { lease, key: KEY, fingerprint: fingerprint(1) };
    await registry.agents.updateRevision({ ...change, settings: { pin: true, x: 1 } });
    const revision = await registry.agents.updateRevision({ ...change, settings: { x: null } });
    assert.deepEqual({ ...revision.settings }, { pin: true });
  }),
  registryCase("the current revision can be moved to a live one only", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const lease = await hold(registry, KEY);
    assert.equal((await registry.agents.update({ lease, key: KEY, current: fingerprint(1) })).current, fingerprint(1));
    await rejectsWith(registry.agents.update({ lease, key: KEY, current: fingerprint(9) }), "revision_not_found");
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(2), state: "deleted" });
    const refused = registry.agents.update({ lease, key: KEY, current: fingerprint(2), settings: { x: 1 } });
    await rejectsWith(refused, "revision_not_found");
    assert.deepEqual({ ...(await registry.agents.get({ key: KEY }))?.settings }, {});
  }),
  registryCase("changing what is not there is refused by name", async ({ registry }) => {
    const lease = await hold(registry, KEY);
    await rejectsWith(registry.agents.update({ lease, key: KEY, settings: {} }), "agent_not_found");
    const change = { lease, key: KEY, fingerprint: fingerprint(1) };
    await rejectsWith(registry.agents.updateRevision(change), "agent_not_found");
    await registry.leases.release({ lease });
    await commit(registry, KEY, 2);
    const mine = await hold(registry, KEY);
    await rejectsWith(registry.agents.updateRevision({ ...change, lease: mine }), "revision_not_found");
  }),
  registryCase(
    "a revision takes only the steps of the table, and naming its state again is no step",
    async ({ registry }) => {
      const states: readonly RevisionState[] = ["active", "retiring", "deleted"];
      let seed = 0;
      for (const from of states) {
        for (const to of states) {
          seed += 1;
          await commit(registry, KEY, seed);
          const lease = await hold(registry, KEY);
          const change = { lease, key: KEY, fingerprint: fingerprint(seed) };
          if (from !== "active") await registry.agents.updateRevision({ ...change, state: from });
          const step = registry.agents.updateRevision({ ...change, state: to });
          if (to === from || REVISION_TRANSITIONS[from].includes(to)) assert.equal((await step).state, to);
          else await rejectsWith(step, "internal");
          await registry.leases.release({ lease });
        }
      }
    },
  ),
  registryCase("the mark is set with retiring, kept, and cleared with active and deleted", async (subject) => {
    const { registry } = subject;
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    const change = { lease, key: KEY, fingerprint: fingerprint(1) };
    const before = await registry.now();
    const marked = await registry.agents.updateRevision({ ...change, state: "retiring" });
    assert.ok(marked.markedAt !== undefined && marked.markedAt >= before && marked.markedAt <= (await registry.now()));
    await subject.advance(5);
    const same = await registry.agents.updateRevision({ ...change, state: "retiring", settings: { a: 1 } });
    assert.equal(same.markedAt, marked.markedAt);
    assert.equal((await registry.agents.updateRevision({ ...change, state: "active" })).markedAt, undefined);
    await registry.agents.updateRevision({ ...change, state: "retiring" });
    assert.equal((await registry.agents.updateRevision({ ...change, state: "deleted" })).markedAt, undefined);
  }),
  registryCase("deleting the current revision leaves the agent without one", async ({ registry }) => {
    await commit(registry, KEY, 1);
    await commit(registry, KEY, 2);
    const lease = await hold(registry, KEY);
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), state: "deleted" });
    assert.equal((await registry.agents.get({ key: KEY }))?.current, fingerprint(2));
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(2), state: "deleted" });
    assert.equal((await registry.agents.get({ key: KEY }))?.current, undefined);
    assert.equal((await registry.agents.getRevision({ key: KEY, fingerprint: fingerprint(2) }))?.state, "deleted");
  }),
  registryCase("what the service stores can be written anew", async ({ registry }) => {
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    const facts = {
      stored: { changed: true },
      storedFingerprint: fingerprint(77),
      remote: { id: "other", name: "other" },
      stamped: false,
    };
    await registry.agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), ...facts });
    const revision = await registry.agents.getRevision({ key: KEY, fingerprint: fingerprint(1) });
    assert.ok(revision !== undefined);
    const { stored, storedFingerprint, remote, stamped } = revision;
    assert.deepEqual({ stored, storedFingerprint, remote: { ...remote }, stamped }, facts);
    assert.deepEqual(revision.definition, newRevision(KEY).definition);
  }),
  registryCase(
    "deleting an agent takes everything of it but its events, and says if it was there",
    async ({ registry }) => {
      await commit(registry, KEY);
      await commit(registry, keyOf("neighbour"));
      const at = await registry.now();
      const session = {
        key: KEY,
        sessionId: "s",
        fingerprint: fingerprint(1),
        conversationId: undefined,
        userId: undefined,
        title: undefined,
        createdAt: at,
        lastUsedAt: at,
        data: {},
      };
      await registry.sessions.put({ session, expected: 0 });
      await registry.usage.add({ processId: ALICE.id, sequence: 1, deltas: [delta(KEY, 1, 1, at)], sessions: [] });
      const lease = await hold(registry, KEY);
      assert.equal(await registry.agents.delete({ lease, key: KEY }), true);
      assert.equal(await registry.agents.delete({ lease, key: KEY }), false);
      assert.equal(await registry.agents.get({ key: KEY }), undefined);
      assert.equal(await registry.agents.getRevision({ key: KEY, fingerprint: fingerprint(1) }), undefined);
      assert.equal(await registry.sessions.get({ key: KEY, sessionId: "s" }), undefined);
      const { location, scope } = KEY;
      assert.deepEqual((await registry.usage.list({ location, scope })).items, []);
      assert.deepEqual((await registry.intents.list({ location })).items, []);
      assert.notEqual(await registry.agents.get({ key: keyOf("neighbour") }), undefined);
      const revision = newRevision(KEY);
      await registry.intents.commit({ lease, intentId: undefined, revision, makeCurrent: false, agent: newAgent(KEY) });
      assert.equal((await registry.agents.get({ key: KEY }))?.current, undefined);
    },
  ),
];
