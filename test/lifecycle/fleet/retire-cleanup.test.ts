import assert from "node:assert/strict";
import test from "node:test";
import { MemoryRegistry } from "../../../src/registry/memory/index.ts";
import { ManualRuntime } from "../../support/manual-runtime.ts";
import { openFleetWorld } from "./fleet-world.ts";

const POLICIES = { grace: "1h", maxPerRun: { percent: 100 }, stopAbove: 100 } as const;

test("what a fleet marked is deleted by cleanup after its grace period, and a use in between keeps it", async () => {
  await using world = await openFleetWorld();
  const runtime = new ManualRuntime();
  const manager = world.manager({ runtime, registry: new MemoryRegistry({ runtime }) });
  await manager.applyFleet(await world.fleet("agents: { a: { instructions: A }, b: { instructions: B } }\n"));
  await manager.flush();
  await manager.applyFleet(await world.fleet("policies: { retire: mark }\nagents: {}\n"));
  runtime.advance(60_000);
  await manager.getOrCreateAgent({ agentName: "a", instructions: "A" });
  await manager.flush();
  runtime.advance(2 * 3_600_000);
  const report = await manager.cleanup({ apply: true, policies: POLICIES });
  assert.deepEqual(report.failed, []);
  assert.equal(await manager.service.get({ serviceName: "b" }), undefined);
  assert.ok(await manager.service.get({ serviceName: "a" }), "it was used after it was marked");
});
