import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { openWorld } from "../support/world.ts";

const CONFIG = { agentName: "analyst", instructions: "Answer with figures." } as const;

test("cleanupAgent deletes what Tenure made and forgets it; an unknown name gives false", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await manager.getOrCreateAgent({ ...CONFIG, instructions: "Other." });
  assert.equal(await manager.isAgentRegistered("analyst"), true);
  assert.equal(await manager.cleanupAgent("analyst"), true);
  assert.equal(world.emulator.stats().agents, 0);
  assert.equal(await manager.isAgentRegistered("analyst"), false);
  assert.equal(await manager.getAgentMetadata("analyst"), undefined);
  assert.equal(await manager.cleanupAgent("analyst"), false);
});

test("after cleanup the next call makes the agent anew", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await manager.cleanupAgent("analyst");
  assert.equal((await manager.getOrCreateAgent(CONFIG)).outcome, "created");
});

test("cleanupAgent leaves versions that somebody else wrote", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await createWireCall(world.emulator)("POST", "/agents/analyst/versions", {
    definition: { kind: "prompt", model: "gpt-4.1", instructions: "By hand." },
  });
  assert.equal(await manager.cleanupAgent("analyst"), true);
  assert.equal(world.emulator.stats().versions, 1);
});

const BY_HAND = { definition: { kind: "prompt", model: "gpt-4.1", instructions: "By hand." } } as const;

test("cleanupAgent leaves a draft that somebody made, which no list shows", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  const draft = { "foundry-features": "DraftAgents=V1Preview" };
  await createWireCall(world.emulator)("POST", "/agents/analyst/versions", { ...BY_HAND, draft: true }, draft);
  assert.equal(await manager.cleanupAgent("analyst"), true);
  assert.equal(world.emulator.stats().versions, 1);
});

test("cleanupAgent leaves a version that a stale list hides, and finds ours that it hides", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await createWireCall(world.emulator)("POST", "/agents/analyst/versions", BY_HAND);
  world.emulator.faults([{ effect: "stale-list", path: "/versions", times: 100 }]);
  assert.equal(await manager.cleanupAgent("analyst"), true);
  assert.equal(world.emulator.stats().versions, 1);
  await manager.getOrCreateAgent({ ...CONFIG, agentName: "another" });
  assert.equal(await manager.cleanupAgent("another"), true);
  assert.equal(world.emulator.stats().agents, 1);
});

for (const deleteLastVersion of ["delete-agent", "refuse"] as const) {
  test(`cleanupAgent leaves a version that is made while it deletes; a last version: ${deleteLastVersion}`, async () => {
    await using world = await openWorld({ behaviour: { deleteLastVersion } });
    const service = world.service();
    const deleteRevision = service.deleteRevision.bind(service);
    service.deleteRevision = async (params) => {
      const outcome = await deleteRevision(params);
      await createWireCall(world.emulator)("POST", "/agents/analyst/versions", BY_HAND);
      return outcome;
    };
    const manager = world.manager({ service });
    await manager.getOrCreateAgent(CONFIG);
    const cleaned = await manager.cleanupAgent("analyst").catch((thrown: unknown) => TenureError.from(thrown).code);
    assert.equal(cleaned, deleteLastVersion === "refuse" ? "service_refused" : true);
    const left = await Array.fromAsync(service.listRevisions({ serviceName: "analyst" }));
    assert.ok(left.some(({ stamp }) => stamp === undefined));
    if (cleaned !== true) assert.equal(await manager.cleanupAgent("analyst"), true, "the next order goes on");
  });
}

test("where the last version cannot be deleted alone, the agent goes with it, unless there is a draft of somebody's", async () => {
  await using world = await openWorld({ behaviour: { deleteLastVersion: "refuse", deleteRoutedVersion: "refuse" } });
  const manager = world.manager();
  await manager.getOrCreateAgent(CONFIG);
  await manager.getOrCreateAgent({ ...CONFIG, instructions: "Other." });
  const pinned = await manager.getOrCreateAgent({ ...CONFIG, agentName: "pinned" });
  await manager.service.endpoints?.pin({ ref: pinned.remote });
  const draft = { "foundry-features": "DraftAgents=V1Preview" };
  await createWireCall(world.emulator)("POST", "/agents/pinned/versions", { ...BY_HAND, draft: true }, draft);
  const report = await manager.cleanupAll();
  assert.deepEqual(report.deleted, ["analyst"]);
  assert.deepEqual(
    report.failed.map(({ agentName, error }) => [agentName, error.code]),
    [["pinned", "service_refused"]],
  );
  assert.equal(world.emulator.stats().versions, 2);
});

test("cleanupAll removes every agent of its scope and none of another", async () => {
  await using world = await openWorld();
  const manager = world.manager({ scope: "one" });
  for (const agentName of ["a", "b", "c", "d", "e", "f"]) await manager.getOrCreateAgent({ ...CONFIG, agentName });
  await world.manager({ scope: "two" }).getOrCreateAgent({ ...CONFIG, agentName: "other" });
  const report = await manager.cleanupAll();
  assert.deepEqual(report.deleted, ["a", "b", "c", "d", "e", "f"]);
  assert.deepEqual(report.failed, []);
  assert.equal(world.emulator.stats().agents, 1);
});

test("cleanupAll finds agents that only their stamps tell of", async () => {
  await using world = await openWorld();
  await world.manager().getOrCreateAgent(CONFIG);
  assert.deepEqual((await world.manager().cleanupAll()).deleted, ["analyst"]);
  assert.equal(world.emulator.stats().agents, 0);
});

test("one agent that cannot be deleted does not keep the others, and is reported", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  for (const agentName of ["a", "b"]) await manager.getOrCreateAgent({ ...CONFIG, agentName });
  world.emulator.faults([
    {
      method: "DELETE",
      path: "/agents/a/versions/1(\\?|$)",
      effect: "status",
      status: 403,
      body: { error: { code: "forbidden", message: "No." } },
    },
  ]);
  const report = await manager.cleanupAll();
  assert.deepEqual(report.deleted, ["b"]);
  assert.deepEqual(
    report.failed.map(({ agentName, error }) => [agentName, error.code]),
    [["a", "forbidden"]],
  );
});

test("a deletion that fails waits for those beside it, so that none arrives after the lease was given back", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  for (const instructions of ["One.", "Two."]) await manager.getOrCreateAgent({ ...CONFIG, instructions });
  const path = "/agents/analyst/versions/";
  world.emulator.faults([
    { method: "DELETE", path: `${path}2`, effect: "status", status: 403 },
    { method: "DELETE", path: `${path}1`, effect: "delay", delayMs: 100 },
  ]);
  await assert.rejects(manager.cleanupAgent("analyst"), { code: "forbidden" });
  const deletions = world.emulator.requests().filter(({ method }) => method === "DELETE");
  assert.equal(deletions.length, 2);
  assert.ok(deletions.every(({ status }) => status !== null));
});

test("an ephemeral agent is its process's own, and goes with cleanupAgent", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  const shared = await manager.getOrCreateAgent(CONFIG);
  const own = await manager.createEphemeralAgent(CONFIG);
  const another = await manager.createEphemeralAgent(CONFIG);
  assert.equal(new Set([shared.remote.id, own.remote.id, another.remote.id]).size, 3);
  assert.equal((await manager.getAgentMetadata(own.agentName))?.ephemeral, true);
  assert.equal(await manager.cleanupAgent(own.agentName), true);
  assert.equal(world.emulator.stats().agents, 2);
});

test("wrong names are refused before any I/O", async () => {
  await using world = await openWorld();
  const manager = world.manager();
  await assert.rejects(
    manager.cleanupAgent(""),
    (error) => error instanceof TenureError && error.code === "invalid_name",
  );
  await assert.rejects(
    manager.getAgentMetadata("a".repeat(64)),
    (error) => error instanceof TenureError && error.code === "invalid_name",
  );
  assert.equal(world.emulator.requests().length, 0);
});
