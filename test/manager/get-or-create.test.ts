import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { openWorld, type World } from "../support/world.ts";

const ANALYST = { agentName: "market_analyst", instructions: "Answer with figures.", enableWebSearch: true } as const;

async function rejection(promise: Promise<unknown>): Promise<TenureError> {
  const thrown: unknown = await promise.then(
    () => assert.fail("expected a rejection"),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof TenureError, String(thrown));
  return thrown;
}

/** Makes an agent as somebody would by hand: without Tenure's stamp. */
async function makeByHand(world: World, definition: Record<string, unknown>): Promise<void> {
  const answer = await createWireCall(world.emulator)("POST", "/agents/market-analyst/versions", { definition });
  assert.equal(answer.status, 200);
}

test("the first call creates, the second reuses, and both get the same version", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const first = await manager.getOrCreateAgent(ANALYST);
  const second = await manager.getOrCreateAgent({ ...ANALYST });
  assert.equal(first.outcome, "created");
  assert.equal(first.reused, false);
  assert.equal(second.outcome, "reused");
  assert.equal(second.reused, true);
  assert.deepEqual(second.remote, first.remote);
  assert.deepEqual(first.remote, { id: "market-analyst:1", name: "market-analyst", version: "1" });
  assert.equal(world.emulator.stats().versions, 1);
});

test("a thousand callers at once make one version, and every use is counted", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const agents = await Promise.all(Array.from({ length: 1000 }, () => manager.getOrCreateAgent({ ...ANALYST })));
  assert.equal(new Set(agents.map((agent) => agent.remote.id)).size, 1);
  assert.equal(agents.filter((agent) => agent.outcome === "created").length, 1);
  assert.equal(world.creates(), 1);
  const stats = await manager.getAgentStats();
  assert.equal(stats.agents["market_analyst"]?.useCount, 1000);
  assert.equal(stats.creations, 1);
  assert.equal(stats.reuses, 999);
  assert.equal(stats.reuseRate, 0.999);
});

test("a hit touches neither the service nor the registry", async () => {
  await using world = await openWorld();
  const calls: string[] = [];
  const registry = decorateRegistry(new MemoryRegistry(), (call, proceed) => {
    calls.push(call);
    return proceed();
  });
  const manager = world.manager({ registry, flushMs: 600_000, freshMs: 86_400_000 });
  await manager.getOrCreateAgent(ANALYST);
  const requests = world.emulator.requests().length;
  calls.length = 0;
  for (let call = 0; call < 100; call += 1)
    await manager.getOrCreateAgent({ ...ANALYST, sessionId: `session_${call}` });
  assert.deepEqual(calls, []);
  assert.equal(world.emulator.requests().length, requests);
  const stats = await manager.getAgentStats();
  assert.equal(stats.agents["market_analyst"]?.useCount, 101);
  assert.equal(stats.agents["market_analyst"]?.sessions, 100);
});

test("a changed object is a changed configuration, although it is the same object", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const config = { agentName: "market_analyst", instructions: "One." };
  const first = await manager.getOrCreateAgent(config);
  config.instructions = "Two.";
  const second = await manager.getOrCreateAgent(config);
  assert.notEqual(second.fingerprint, first.fingerprint);
  assert.equal(second.outcome, "updated");
  assert.equal(second.remote.version, "2");
});

test("an object changed while its answer is under way stands for what it was when it was passed", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const config = { agentName: "market_analyst", instructions: "One." };
  const under = manager.getOrCreateAgent(config);
  config.instructions = "Two.";
  const first = await under;
  const second = await manager.getOrCreateAgent(config);
  assert.notEqual(second.fingerprint, first.fingerprint);
  const again = await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: "One." });
  assert.equal(again.fingerprint, first.fingerprint);
});

test("a second run with a fresh registry finds its agent by the stamp and makes no version", async () => {
  await using world = await openWorld();
  const first = await world.manager().getOrCreateAgent(ANALYST);
  const second = await world.manager().getOrCreateAgent(ANALYST);
  assert.equal(second.outcome, "adopted");
  assert.equal(second.reused, true);
  assert.deepEqual(second.remote, first.remote);
  assert.equal(world.emulator.stats().versions, 1);
});

test("an older revision is found below newer ones by its stamp", async () => {
  await using world = await openWorld();
  const writer = world.manager();
  const old = await writer.getOrCreateAgent(ANALYST);
  await writer.getOrCreateAgent({ ...ANALYST, instructions: "Newer." });
  const again = await world.manager().getOrCreateAgent(ANALYST);
  assert.deepEqual(again.remote, old.remote);
  assert.equal(world.emulator.stats().versions, 2);
});

test("two processes with different instructions, calling in turn 50 times, make two versions", async () => {
  await using world = await openWorld();
  const store = new MemoryStore();
  const left = world.manager({ registry: new MemoryRegistry({ store }), freshMs: 100 });
  const right = world.manager({ registry: new MemoryRegistry({ store }), freshMs: 100 });
  const seen = new Set<string>();
  for (let turn = 0; turn < 50; turn += 1) {
    seen.add(`left ${(await left.getOrCreateAgent({ ...ANALYST, instructions: "Left." })).remote.id}`);
    seen.add(`right ${(await right.getOrCreateAgent({ ...ANALYST, instructions: "Right." })).remote.id}`);
  }
  assert.deepEqual([...seen].toSorted(), ["left market-analyst:1", "right market-analyst:2"]);
  assert.equal(world.emulator.stats().versions, 2);
});

test("an agent made by hand that equals the configuration is used as it is", async () => {
  await using world = await openWorld();
  await makeByHand(world, {
    kind: "prompt",
    model: "gpt-4.1",
    instructions: "Answer with figures.",
    tools: [{ type: "web_search" }],
  });
  const agent = await world.manager().getOrCreateAgent(ANALYST);
  assert.equal(agent.outcome, "adopted");
  assert.equal(world.emulator.stats().versions, 1);
});

test("an agent made by hand that differs is refused, with the difference shown", async () => {
  await using world = await openWorld();
  await makeByHand(world, { kind: "prompt", model: "gpt-4.1", instructions: "By hand." });
  const error = await rejection(world.manager().getOrCreateAgent(ANALYST));
  assert.equal(error.code, "agent_unmanaged");
  assert.match(error.message, /By hand\./);
  assert.match(error.message, /Answer with figures\./);
  assert.equal(world.emulator.stats().versions, 1);
});

test("take-over writes the configuration on top of an agent made by hand", async () => {
  await using world = await openWorld();
  await makeByHand(world, { kind: "prompt", model: "gpt-4.1", instructions: "By hand." });
  const agent = await world.manager().getOrCreateAgent(ANALYST, { unmanaged: "take-over" });
  assert.equal(agent.outcome, "updated");
  assert.equal(agent.remote.version, "2");
});

test("adopt uses an agent made by hand as it is, and fail refuses even an equal one", async () => {
  await using world = await openWorld();
  await makeByHand(world, { kind: "prompt", model: "gpt-4.1", instructions: "By hand." });
  const adopted = await world.manager().getOrCreateAgent(ANALYST, { unmanaged: "adopt" });
  assert.equal(adopted.remote.version, "1");
  const equal = { agentName: "market_analyst", instructions: "By hand." };
  assert.equal(
    (await rejection(world.manager().getOrCreateAgent(equal, { unmanaged: "fail" }))).code,
    "agent_unmanaged",
  );
});

test("an agent of another scope is refused, naming both", async () => {
  await using world = await openWorld();
  await world.manager({ scope: "shop-prod" }).getOrCreateAgent(ANALYST);
  const error = await rejection(world.manager({ scope: "shop-dev" }).getOrCreateAgent(ANALYST));
  assert.equal(error.code, "scope_conflict");
  assert.match(error.message, /shop-prod/);
  assert.match(error.message, /shop-dev/);
});

test("two names that meet in the service are refused, naming both", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(ANALYST);
  const error = await rejection(manager.getOrCreateAgent({ ...ANALYST, agentName: "market-analyst" }));
  assert.equal(error.code, "name_collision");
  assert.match(error.message, /market_analyst/);
  assert.match(error.message, /market-analyst/);
});

test('onChange "fail" forbids a second configuration, and shows the difference', async () => {
  await using world = await openWorld();
  const manager = world.manager({ onChange: "fail" });
  await manager.getOrCreateAgent(ANALYST);
  const error = await rejection(manager.getOrCreateAgent({ ...ANALYST, instructions: "Other." }));
  assert.equal(error.code, "change_forbidden");
  assert.match(error.message, /Other\./);
  const elsewhere = await rejection(
    world.manager({ onChange: "fail" }).getOrCreateAgent({ ...ANALYST, instructions: "Other." }),
  );
  assert.equal(elsewhere.code, "change_forbidden");
});

test("a failure reaches all who waited and is not kept", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  world.emulator.faults([
    {
      method: "POST",
      path: "/versions",
      effect: "status",
      status: 400,
      body: { error: { code: "invalid_payload", message: "No." } },
      times: 1,
    },
  ]);
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => manager.getOrCreateAgent(ANALYST)));
  assert.equal(outcomes.filter((outcome) => outcome.status === "rejected").length, 10);
  assert.equal((await manager.getOrCreateAgent(ANALYST)).outcome, "created");
  assert.deepEqual((await manager.registry.intents.list({ location: manager.service.location })).items, []);
});

test("a signal ends the wait of its caller alone", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  world.emulator.faults([{ method: "POST", path: "/versions", effect: "delay", delayMs: 100, times: 1 }]);
  const controller = new AbortController();
  const given = rejection(manager.getOrCreateAgent(ANALYST, { signal: controller.signal }));
  const other = manager.getOrCreateAgent({ ...ANALYST });
  controller.abort();
  assert.equal((await given).code, "aborted");
  assert.equal((await other).remote.version, "1");
  assert.equal(world.creates(), 1);
});

test("a signal that has fired already is refused before any I/O, also on a hit", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  assert.equal((await rejection(manager.getOrCreateAgent(ANALYST, { signal: AbortSignal.abort() }))).code, "aborted");
  assert.equal(world.emulator.requests().length, 0);
  await manager.getOrCreateAgent(ANALYST);
  assert.equal((await rejection(manager.getOrCreateAgent(ANALYST, { signal: AbortSignal.abort() }))).code, "aborted");
});

test("after close every call says so, and closing twice is fine", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(ANALYST);
  await manager.close();
  await manager.close();
  assert.equal((await rejection(manager.getOrCreateAgent(ANALYST))).code, "closed");
  assert.equal((await rejection(manager.listAgents())).code, "closed");
  assert.equal(world.emulator.stats().agents, 1);
});
