import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "../../src/emulator/index.ts";
import { TenureError } from "../../src/errors/index.ts";
import type { AgentManager, TenureEvent } from "../../src/manager/index.ts";
import { ManualRuntime } from "../support/manual-runtime.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;
const CREATE = { method: "POST", path: "/agents/analyst/versions" } as const;

interface Case {
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Creates that the service is asked for: the one that failed and, once it is known not to have happened, another. */
  readonly creates: number;
}

const SUCCEEDING: readonly Case[] = [
  {
    name: "the answer is dropped after the service made it",
    faults: [{ ...CREATE, effect: "drop-after", times: 1 }],
    creates: 1,
  },
  {
    name: "the request is dropped before it had an effect",
    faults: [{ ...CREATE, effect: "drop-before", times: 1 }],
    creates: 2,
  },
  { name: "the service answers 500", faults: [{ ...CREATE, effect: "status", status: 500, times: 1 }], creates: 2 },
  { name: "the service answers 503", faults: [{ ...CREATE, effect: "status", status: 503, times: 1 }], creates: 2 },
  {
    name: "the service answers 500 although it made it",
    faults: [{ ...CREATE, effect: "status", status: 500, after: true, times: 1 }],
    creates: 1,
  },
  {
    name: "the service answers 503 although it made it",
    faults: [{ ...CREATE, effect: "status", status: 503, after: true, times: 1 }],
    creates: 1,
  },
  { name: "the service answers 409", faults: [{ ...CREATE, effect: "status", status: 409, times: 2 }], creates: 3 },
  {
    name: "the service answers 429 and says in milliseconds how long to wait",
    faults: [{ ...CREATE, effect: "status", status: 429, headers: { "retry-after-ms": "20" }, times: 2 }],
    creates: 3,
  },
];

for (const { name, faults, creates } of SUCCEEDING) {
  test(`when ${name}, the call succeeds with one version`, async () => {
    await using world = await openWorld();
    world.emulator.faults(faults);
    const agent = await world.manager().getOrCreateAgent(CONFIG);
    assert.equal(agent.remote.version, "1");
    assert.equal(world.emulator.stats().versions, 1);
    assert.equal(world.creates(), creates);
  });
}

const THROTTLED = [
  { says: "nothing of how long to wait", headers: {}, waits: [1_000, 2_000] },
  { says: "Retry-After: 1", headers: { "retry-after": "1" }, waits: [1_000, 1_000] },
] as const;

for (const { says, headers, waits } of THROTTLED) {
  test(`when the service answers 429 with ${says}, the call waits, and succeeds with one version`, async () => {
    await using world = await openWorld();
    world.emulator.faults([{ ...CREATE, effect: "status", status: 429, headers, times: 2 }]);
    const runtime = new ManualRuntime();
    const waited: number[] = [];
    const onEvent = (event: TenureEvent): void => {
      if (event.type !== "write.throttled") return;
      waited.push(event.waitMs);
      // The wait begins in the turn of the event.
      setImmediate(() => runtime.advance(event.waitMs));
    };
    const agent = await world.manager({ runtime, onEvent }).getOrCreateAgent(CONFIG);
    assert.equal(agent.remote.version, "1");
    assert.deepEqual(waited, waits);
    assert.equal(world.creates(), 3);
  });
}

test("a create that times out after it took effect is found, not repeated", async () => {
  await using world = await openWorld();
  const { FoundryAgentService } = await import("../../src/services/foundry/index.ts");
  const { endpoint, credential, ca } = world.emulator;
  world.emulator.faults([{ ...CREATE, effect: "delay", delayMs: 400, times: 1 }]);
  const service = new FoundryAgentService({ endpoint, credential, ca, timeoutMs: 150 });
  const agent = await world.manager({ service, settleMs: 1_000 }).getOrCreateAgent(CONFIG);
  assert.equal(agent.remote.version, "1");
  assert.equal(world.creates(), 1);
});

test("a service that throttles without end is reported in time, with nothing made", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ ...CREATE, effect: "status", status: 429 }]);
  const error = await rejection(world.manager({ timeoutMs: 500 }).getOrCreateAgent(CONFIG));
  assert.equal(error.code, "service_throttled");
  assert.equal(world.emulator.stats().versions, 0);
});

/** Time that is over, for as long as it lasts, once the service has failed three times. */
function endingTime(
  type: TenureEvent["type"],
  steps: readonly number[],
): { readonly runtime: ManualRuntime; readonly onEvent: (event: TenureEvent) => void } {
  const runtime = new ManualRuntime();
  let failures = 0;
  const onEvent = (event: TenureEvent): void => {
    if (event.type !== type) return;
    failures += 1;
    // What is waited for begins in the turn of the event. Two seconds are the longest wait after a conflict.
    setImmediate(() => {
      for (const ms of failures < 3 ? [2_000] : steps) runtime.advance(ms);
    });
  };
  return { runtime, onEvent };
}

test("a conflict without end is the cause of the time-out, and leaves nothing behind", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ ...CREATE, effect: "status", status: 409, probability: 1 }]);
  const manager = world.manager({ ...endingTime("write.conflict", [6_000]), timeoutMs: 10_000 });
  const error = await rejection(manager.getOrCreateAgent(CONFIG));
  assert.equal(error.code, "timeout");
  assert.equal(error.status, 409);
  assert.notEqual(error.requestId, undefined);
  assert.ok(error.cause instanceof TenureError);
  assert.equal(error.cause.code, "service_conflict");
  assert.match(error.message, /409/);
  assert.deepEqual(await manager.listAgents(), []);
  assert.deepEqual(await intents(manager), []);
});

test("a 500 without end is the cause of the time-out, for whoever stops waiting earlier too, and what may still arrive is kept in mind", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ ...CREATE, effect: "status", status: 500, probability: 1 }]);
  const time = endingTime("write.unknown", [4_000, 12_000]);
  const manager = world.manager({ ...time, timeoutMs: 20_000, settleMs: 0 });
  const impatient = rejection(manager.getOrCreateAgent(CONFIG, { timeoutMs: 8_000 }));
  for (const error of await Promise.all([impatient, rejection(manager.getOrCreateAgent({ ...CONFIG }))])) {
    assert.equal(error.code, "timeout");
    assert.equal(error.status, 500);
    assert.notEqual(error.requestId, undefined);
    assert.ok(error.cause instanceof TenureError);
    assert.equal(error.cause.code, "service_unavailable");
  }
  assert.notEqual((await intents(manager)).length, 0);
  // What may still arrive is known, and is no agent yet.
  assert.notEqual(await manager.getAgentMetadata("analyst"), undefined);
  assert.equal(await manager.isAgentRegistered("analyst"), false);
  assert.deepEqual(await manager.listAgents(), []);
  assert.deepEqual((await manager.getAgentStats()).agents, {});
  world.emulator.clearFaults();
  assert.deepEqual((await manager.cleanupAll()).deleted, ["analyst"]);
  assert.deepEqual(await intents(manager), []);
});

test("a time that is over before anything was sent leaves nothing behind", async () => {
  await using world = await openWorld();
  world.emulator.faults([{ method: "GET", path: "/agents/analyst", effect: "delay", delayMs: 1_000 }]);
  const manager = world.manager({ timeoutMs: 200 });
  assert.equal((await rejection(manager.getOrCreateAgent(CONFIG))).code, "timeout");
  assert.deepEqual(await intents(manager), []);
});

test("403 as HTML is an error that says who lacks what, and creates nothing", async () => {
  await using world = await openWorld();
  world.emulator.faults([
    {
      ...CREATE,
      effect: "status",
      status: 403,
      headers: { "content-type": "text/html" },
      body: "<html>403 Forbidden</html>",
    },
  ]);
  const error = await rejection(world.manager().getOrCreateAgent(CONFIG));
  assert.equal(error.code, "forbidden");
  assert.equal(error.status, 403);
  assert.notEqual(error.hint, "");
  assert.equal(world.creates(), 1);
});

test("a wrong endpoint is an error and no create", async () => {
  await using world = await openWorld();
  const { FoundryAgentService } = await import("../../src/services/foundry/index.ts");
  const { endpoint, credential, ca } = world.emulator;
  const service = new FoundryAgentService({
    endpoint: endpoint.replace(/projects\/.*/, "projects/nowhere"),
    credential,
    ca,
  });
  const error = await rejection(world.manager({ service }).getOrCreateAgent(CONFIG));
  assert.equal(error.code, "wrong_endpoint");
  assert.equal(world.emulator.stats().agents, 0);
  assert.equal(world.creates(), 0);
});

test("two losses in a row still end with one version", async () => {
  await using world = await openWorld();
  world.emulator.faults([
    { ...CREATE, effect: "drop-before", times: 1 },
    { ...CREATE, effect: "drop-after", times: 1 },
  ]);
  const agent = await world.manager().getOrCreateAgent(CONFIG);
  assert.equal(agent.remote.version, "1");
  assert.equal(world.creates(), 2);
});

async function intents({ registry, service }: AgentManager): Promise<readonly unknown[]> {
  return (await registry.intents.list({ location: service.location })).items;
}

async function rejection(promise: Promise<unknown>): Promise<TenureError> {
  const thrown: unknown = await promise.then(
    () => assert.fail("expected a rejection"),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof TenureError, String(thrown));
  return thrown;
}
