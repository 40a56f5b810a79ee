import assert from "node:assert/strict";
import { ALICE, BOB, commit, hold, isSettled, keyOf, LOCATION } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const KEY = keyOf("market_analyst");

/** Opening, closing, the clock, and signs of life. */
export const lifetimeCases: readonly RegistryCase[] = [
  registryCase("opening twice is fine, and many may open at once", async (subject) => {
    const others = await Promise.all([subject.connect(), subject.connect(), subject.connect()]);
    await Promise.all(others.map((registry) => registry.open()));
    await subject.registry.open();
    await subject.registry.open();
  }),
  registryCase("the clock counts milliseconds and moves on", async (subject) => {
    const before = await subject.registry.now();
    assert.ok(Number.isInteger(before) && before > 1_500_000_000_000);
    await subject.advance(5000);
    assert.ok((await subject.registry.now()) >= before + 5000);
  }),
  registryCase("after close every call is refused with closed, and closing again is fine", async (subject) => {
    const registry = await subject.connect();
    await commit(registry, KEY);
    const lease = await hold(registry, KEY);
    await registry.close();
    await registry.close();
    const { location, scope } = KEY;
    const calls = [
      registry.open(),
      registry.now(),
      registry.agents.get({ key: KEY }),
      registry.agents.list({ location }),
      registry.agents.update({ lease, key: KEY }),
      registry.leases.claim({ resource: "r", holder: ALICE, ttlMs: 1000 }),
      registry.leases.release({ lease }),
      registry.leases.waitForChange({ resource: "r", timeoutMs: 1 }),
      registry.intents.list({ location }),
      registry.usage.add({ processId: ALICE.id, sequence: 1, deltas: [], sessions: [] }),
      registry.sessions.list({ location, scope }),
      registry.events.append({ events: [] }),
      registry.processes.isDead({ process: ALICE }),
    ];
    for (const call of calls) await rejectsWith(call, "closed");
    assert.notEqual(await subject.registry.agents.get({ key: KEY }), undefined);
  }),
  registryCase("close ends waits with closed", async (subject) => {
    const registry = await subject.connect();
    const { resource } = await hold(registry, KEY);
    const wait = registry.leases.waitForChange({ resource, timeoutMs: 600_000 });
    assert.equal(await isSettled(wait), false);
    const refused = rejectsWith(wait, "closed");
    await registry.close();
    await refused;
  }),
  registryCase("what one connection wrote is there for the next after it closed", async (subject) => {
    const first = await subject.connect();
    await commit(first, KEY);
    await first.close();
    const second = await subject.connect();
    assert.equal((await second.agents.list({ location: LOCATION })).items.length, 1);
  }),
  registryCase("a process is dead only once it withdrew, and not after it came back", async (subject) => {
    const { processes } = subject.registry;
    const other = (await subject.connect()).processes;
    assert.equal(await other.isDead({ process: ALICE }), false);
    await processes.register({ process: ALICE });
    await processes.register({ process: ALICE });
    await processes.register({ process: BOB });
    assert.equal(await other.isDead({ process: ALICE }), false);
    await processes.unregister({ processId: ALICE.id });
    await processes.unregister({ processId: ALICE.id });
    assert.equal(await other.isDead({ process: ALICE }), true);
    assert.equal(await other.isDead({ process: BOB }), false);
    await processes.register({ process: ALICE });
    assert.equal(await other.isDead({ process: ALICE }), false);
  }),
];
