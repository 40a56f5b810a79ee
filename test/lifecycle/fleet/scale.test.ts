import assert from "node:assert/strict";
import test from "node:test";
import { startProgram } from "../../support/child-program.ts";
import { type FleetWorld, openFleetWorld } from "./fleet-world.ts";

function fleetOf(count: number): string {
  const agents = Array.from({ length: count }, (_, index) => `  agent-${index}: { instructions: "I am ${index}." }`);
  return `defaults: { model: gpt-4.1 }\nagents:\n${agents.join("\n")}\n`;
}

/** How many versions each agent of the service has. */
async function versions(world: FleetWorld): Promise<ReadonlyMap<string, number>> {
  const service = world.service();
  const found = new Map<string, number>();
  for await (const { serviceName } of service.listAgents()) {
    found.set(serviceName, (await Array.fromAsync(service.listRevisions({ serviceName }))).length);
  }
  await service.close();
  return found;
}

test("1,000 agents under latency and 5 % of 429 are made once each; applied again, zero writes", async () => {
  await using world = await openFleetWorld({ latencyMs: 20 });
  const fleet = await world.fleet(fleetOf(1_000));
  world.emulator.faults([
    { effect: "status", status: 429, headers: { "retry-after-ms": "20" }, probability: 0.05, seed: 7 },
  ]);
  const report = await world.manager().applyFleet(fleet, { parallel: 32 });
  assert.deepEqual([report.done, report.failed], [1_000, 0]);
  world.emulator.clearFaults();
  const { agents, versions: made } = world.emulator.stats();
  assert.deepEqual([agents, made], [1_000, 1_000]);
  const before = world.writes().length;
  const again = await world.manager().applyFleet(fleet, { parallel: 32 });
  assert.deepEqual([again.results.length, again.unchanged, world.writes().length - before], [0, 1_000, 0]);
});

test("an apply that is killed in the middle and repeated ends where an undisturbed one does", async () => {
  await using world = await openFleetWorld({ latencyMs: 5 });
  const file = await world.write("tenure.yaml", fleetOf(80));
  const input = { endpoint: world.emulator.endpoint, registryFile: world.registryFile, file, parallel: 8 };
  const program = new URL("./programs/apply-fleet.ts", import.meta.url);
  const first = startProgram(program, input);
  let seen = 0;
  await first.line(() => (seen += 1) >= 20);
  first.child.kill("SIGKILL");
  assert.equal(await first.ended, null);
  assert.ok(world.emulator.stats().agents < 80, "it was killed on the way");
  for (const expected of ["done", "unchanged"]) {
    const next = startProgram(program, input);
    const report = (await next.line((line) => typeof line === "object" && line !== null && "failed" in line)) as Record<
      string,
      number
    >;
    assert.equal(await next.ended, 0, next.errors());
    assert.equal(report["failed"], 0);
    if (expected === "unchanged") assert.equal(report["unchanged"], 80);
  }
  const found = await versions(world);
  assert.equal(found.size, 80);
  assert.deepEqual(
    [...found.values()].filter((count) => count !== 1),
    [],
  );
});
