import assert from "node:assert/strict";
import test from "node:test";
import { type RunningProgram, startProgram } from "../../support/child-program.ts";
import { type FleetWorld, openFleetWorld } from "./fleet-world.ts";

const AGENTS = 1_000;
const PROGRAM = new URL("./programs/apply-fleet.ts", import.meta.url);

type Report = Readonly<Record<"done" | "failed" | "unchanged", number>>;

function fleetOf(count: number): string {
  const agents = Array.from({ length: count }, (_, index) => `  agent-${index}: { instructions: "I am ${index}." }`);
  return `defaults: { model: gpt-4.1 }\nagents:\n${agents.join("\n")}\n`;
}

/** How many versions each agent of the service has. */
async function versions(world: FleetWorld): Promise<readonly number[]> {
  const service = world.service();
  const found: number[] = [];
  for await (const { serviceName } of service.listAgents())
    found.push((await Array.fromAsync(service.listRevisions({ serviceName }))).length);
  await service.close();
  return found;
}

async function reportOf(program: RunningProgram): Promise<Report> {
  const report = await program.line((line) => Object.hasOwn(line as object, "failed"));
  assert.equal(await program.ended, 0, program.errors());
  return report as Report;
}

test("1,000 agents under 5 % of 429: applying that is killed in the middle and repeated makes each once; repeated again, zero writes", async () => {
  await using world = await openFleetWorld();
  const file = await world.write("tenure.yaml", fleetOf(AGENTS));
  world.emulator.faults([
    { effect: "status", status: 429, headers: { "retry-after-ms": "20" }, probability: 0.05, seed: 7 },
  ]);
  const input = { endpoint: world.emulator.endpoint, registryFile: world.registryFile, file, parallel: 32 };
  const killed = startProgram(PROGRAM, input);
  // By name it is about the middle one.
  await killed.line((line) => (line as { agentName?: string }).agentName === "agent-500");
  killed.child.kill("SIGKILL");
  assert.equal(await killed.ended, null);
  const { agents: before } = world.emulator.stats();
  assert.ok(before > AGENTS / 3 && before < AGENTS, `it was killed on the way, at ${before}`);

  const { done, failed, unchanged } = await reportOf(startProgram(PROGRAM, input));
  assert.deepEqual([failed, done + unchanged], [0, AGENTS]);
  world.emulator.clearFaults();
  assert.deepEqual(
    await versions(world),
    Array.from({ length: AGENTS }, () => 1),
  );

  const writes = world.writes().length;
  assert.deepEqual(await reportOf(startProgram(PROGRAM, input)), { done: 0, failed: 0, unchanged: AGENTS });
  assert.equal(world.writes().length, writes);
});
