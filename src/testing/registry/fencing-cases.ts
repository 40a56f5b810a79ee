import assert from "node:assert/strict";
import { type AgentRegistry, type Lease } from "../../registry/contract/index.ts";
import {
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
} from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith, type RegistryUnderTest } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");
const OTHER = keyOf("other");
const EVENTS = [newEvent("stale.write", KEY.name, 1)];

/** Every write that shows a lease. */
const WRITES: Readonly<Record<string, (registry: AgentRegistry, lease: Lease) => Promise<unknown>>> = {
  "agents.update": ({ agents }, lease) => agents.update({ lease, key: KEY, settings: { stale: true }, events: EVENTS }),
  "agents.updateRevision": ({ agents }, lease) =>
    agents.updateRevision({ lease, key: KEY, fingerprint: fingerprint(1), state: "retiring", events: EVENTS }),
  "agents.delete": ({ agents }, lease) => agents.delete({ lease, key: KEY, events: EVENTS }),
  "intents.create": ({ intents }, lease) =>
    intents.create({ lease, intent: newIntent(KEY, "stale"), agent: newAgent(KEY), events: EVENTS }),
  "intents.commit": ({ intents }, lease) =>
    intents.commit({
      lease,
      intentId: "kept",
      revision: newRevision(KEY, 9),
      makeCurrent: true,
      agent: newAgent(KEY),
      events: EVENTS,
    }),
  "intents.drop": ({ intents }, lease) => intents.drop({ lease, key: KEY, intentId: "kept", events: EVENTS }),
};

/** How a lease stops to be worth anything. */
const LOSSES: Readonly<Record<string, (subject: RegistryUnderTest, lease: Lease) => Promise<Lease>>> = {
  "ran out": async (subject, lease) => {
    await subject.advance(30_000);
    return lease;
  },
  "was given back": async ({ registry }, lease) => {
    await registry.leases.release({ lease });
    return lease;
  },
  "passed to another": async ({ registry }, lease) => {
    await registry.leases.claim({ resource: lease.resource, holder: BOB, ttlMs: 30_000, takeFrom: lease });
    return lease;
  },
  "was claimed anew by the same process": async ({ registry }, lease) => {
    await registry.leases.release({ lease });
    await hold(registry, KEY, lease.holder);
    return lease;
  },
  "names another holder": (_subject, lease) => Promise.resolve({ ...lease, holder: BOB }),
  "is of another agent": ({ registry }, _lease) => hold(registry, OTHER),
};

async function snapshot({ agents, intents, events }: AgentRegistry): Promise<unknown> {
  return {
    agent: { ...(await agents.get({ key: KEY })) },
    revisions: (await agents.listRevisions({ key: KEY })).items.map((item) => ({ ...item })),
    intents: (await intents.list({ location: LOCATION })).items.map((item) => ({ ...item })),
    events: (await events.list({ location: LOCATION })).items.length,
  };
}

/** P6, write by write and loss by loss. */
export const fencingCases: readonly RegistryCase[] = Object.entries(WRITES).flatMap(([method, write]) => [
  ...Object.entries(LOSSES).map(([loss, lose]) =>
    registryCase(
      `${method} with a lease that ${loss} is refused with lease_lost and changes nothing`,
      async (subject) => {
        const { registry } = subject;
        await commit(registry, KEY);
        const lease = await hold(registry, KEY);
        await registry.intents.create({ lease, intent: newIntent(KEY, "kept", 9), agent: newAgent(KEY) });
        const lost = await lose(subject, lease);
        const before = await snapshot(registry);
        await rejectsWith(write(registry, lost), "lease_lost");
        assert.deepEqual(await snapshot(registry), before);
      },
    ),
  ),
  registryCase(`${method} with a valid lease writes, with its events`, async ({ registry }) => {
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    await registry.intents.create({ lease, intent: newIntent(KEY, "kept", 9), agent: newAgent(KEY) });
    const before = await snapshot(registry);
    await write(registry, lease);
    assert.notDeepEqual(await snapshot(registry), before);
    assert.equal((await registry.events.list({ location: LOCATION })).items.length, 1);
  }),
]);
