import assert from "node:assert/strict";
import test from "node:test";
import type { FleetReport } from "../../../src/lifecycle/fleet/index.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import { MemoryRegistry } from "../../../src/registry/memory/index.ts";
import { ManualRuntime } from "../../support/manual-runtime.ts";
import { type FleetWorld, openFleetWorld } from "./fleet-world.ts";

const DELETE = "policies: { retire: delete, retire_unused_for: 0s }\nretention: { grace: 1h, stopAbove: 100 }\n";
const HOURS_MS = 3_600_000;

interface Clocked {
  readonly manager: ProductionAgentManager;
  readonly runtime: ManualRuntime;
  /** Another manager over the same registry. */
  readonly other: () => ProductionAgentManager;
}

function clocked(world: FleetWorld): Clocked {
  const runtime = new ManualRuntime();
  const registry = new MemoryRegistry({ runtime });
  const open = (): ProductionAgentManager => world.manager({ runtime, registry });
  return { manager: open(), runtime, other: open };
}

function details({ results }: FleetReport): readonly string[] {
  return results.map(({ detail }) => detail);
}

test("retire: delete marks first, waits for the grace period, and deletes when it is applied after that", async () => {
  await using world = await openFleetWorld();
  const { manager, runtime } = clocked(world);
  await manager.applyFleet(await world.fleet("agents: { a: { instructions: A }, b: { instructions: B } }\n"));
  const gone = await world.fleet(`${DELETE}agents: { b: { instructions: B } }\n`);
  assert.deepEqual(details(await manager.applyFleet(gone)), ["marked, 1 revision"]);
  assert.deepEqual((await manager.planFleet(gone)).actions, [], "it waits");
  runtime.advance(2 * HOURS_MS);
  assert.deepEqual(details(await manager.applyFleet(gone)), ["deleted"]);
  assert.equal(await manager.service.get({ serviceName: "a" }), undefined);
  assert.ok(await manager.service.get({ serviceName: "b" }));
  await assert.rejects(manager.revisions("a"), { code: "agent_not_found" });
});

test("an agent that another manager was just given is not deleted, although its use is not written yet", async () => {
  await using world = await openFleetWorld();
  const { manager, runtime, other } = clocked(world);
  await manager.applyFleet(await world.fleet("agents: { a: { instructions: A } }\n"));
  runtime.advance(48 * HOURS_MS);
  const user = other();
  await user.getOrCreateAgent({ agentName: "a", instructions: "A" });
  const gone = await world.fleet(`${DELETE}agents: {}\n`);
  await manager.applyFleet(gone);
  assert.ok(await manager.service.get({ serviceName: "a" }), "it was marked at most");
  await user.flush();
  runtime.advance(2 * HOURS_MS);
  await user.getOrCreateAgent({ agentName: "a", instructions: "A" });
  await user.flush();
  await manager.applyFleet(gone);
  assert.ok(await manager.service.get({ serviceName: "a" }), "it was used after the mark");
});

test("a file that lost its agents marks and deletes none: more than stopAbove would go", async () => {
  await using world = await openFleetWorld();
  const { manager } = clocked(world);
  const names = ["a", "b", "c", "d", "e", "f"];
  await manager.applyFleet(
    await world.fleet(`agents:\n${names.map((name) => `  ${name}: { instructions: ${name} }\n`).join("")}`),
  );
  for (const retire of ["mark", "delete"]) {
    const report = await manager.applyFleet(
      await world.fleet(`policies: { retire: ${retire}, retire_unused_for: 0s }\nagents: {}\n`),
    );
    assert.deepEqual(new Set(report.results.map(({ error }) => error?.code)), new Set(["cleanup_stopped"]));
    assert.match(report.results[0]?.detail ?? "", /6 of the scope's 6 agents would go/);
  }
  const states = await Promise.all(names.map((name) => manager.revisions(name)));
  assert.ok(states.flat().every(({ state }) => state === "active"));
});

test("one application deletes no more than maxPerRun, the next goes on", async () => {
  await using world = await openFleetWorld();
  const { manager, runtime } = clocked(world);
  await manager.applyFleet(await world.fleet("agents: { a: { instructions: A }, b: { instructions: B } }\n"));
  const gone = await world.fleet(
    "policies: { retire: delete, retire_unused_for: 0s }\nretention: { grace: 1h, maxPerRun: { count: 1 } }\nagents: {}\n",
  );
  await manager.applyFleet(gone);
  runtime.advance(2 * HOURS_MS);
  assert.deepEqual(details(await manager.applyFleet(gone)), [
    "deleted",
    "due; as many were deleted as `retention.maxPerRun` allows",
  ]);
  assert.deepEqual(details(await manager.applyFleet(gone)), ["deleted"]);
});

test("a grace period that is not safe is refused before anything is done", async () => {
  await using world = await openFleetWorld();
  const { manager } = clocked(world);
  const fleet = await world.fleet("policies: { retire: delete }\nretention: { grace: 1s }\nagents: {}\n");
  await assert.rejects(manager.planFleet(fleet), {
    code: "invalid_option",
    message: /`retention\.grace` to be at least/,
  });
});

test("an agent with an alias stays until the alias is taken away, however often the file is applied and cleanup runs", async () => {
  await using world = await openFleetWorld();
  const { manager } = clocked(world);
  await manager.applyFleet(await world.fleet("agents: { a: { instructions: A, aliases: [production] } }\n"));
  const gone = await world.fleet("policies: { retire: mark }\nagents: {}\n");
  for (let round = 0; round < 2; round += 1) {
    const { results } = await manager.applyFleet(gone);
    assert.equal(results[0]?.outcome, "kept");
    assert.match(results[0].detail, /it stays: its alias "production" stands for revision/);
    const { counts } = await manager.cleanup({ apply: true });
    assert.equal(counts.mark + counts.unmark, 0);
  }
  await manager.deleteAlias("a", "production");
  assert.deepEqual(details(await manager.applyFleet(gone)), ["marked, 1 revision"]);
});
