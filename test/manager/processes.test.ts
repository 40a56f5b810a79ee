import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runProgram, startProgram } from "../support/child-program.ts";
import { openWorld, type World } from "../support/world.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";

const MANY = new URL("programs/resolve-many.ts", import.meta.url);
const TURNS = new URL("programs/take-turns.ts", import.meta.url);

interface Outcome {
  readonly made: number;
  readonly ids: readonly string[];
}

async function inProcesses(
  world: World,
  registry: string,
  job: { readonly calls: number; readonly configurations: readonly (readonly [string, string])[] },
): Promise<readonly Outcome[]> {
  const place = { ...(await placeOf(world)), registry };
  const outputs = await Promise.all([1, 2, 3, 4].map((seed) => runProgram(MANY, { ...place, seed, ...job })));
  return outputs.map((lines) => lines[0] as Outcome);
}

test("4 processes with 250 calls each for one configuration make one version, and count 1000 uses", async () => {
  await using world = await openWorld();
  using folder = temporaryFolder();
  const registry = join(folder.path, "registry.db");
  const outcomes = await inProcesses(world, registry, {
    calls: 250,
    configurations: [["market_analyst", "Answer with figures."]],
  });
  assert.equal(
    outcomes.reduce((sum, outcome) => sum + outcome.made, 0),
    1,
  );
  assert.deepEqual([...new Set(outcomes.flatMap((outcome) => outcome.ids))], ["market-analyst:1"]);
  assert.equal(world.emulator.stats().versions, 1);
  const stats = await world.manager({ registry: new SqliteRegistry(registry) }).getAgentStats();
  assert.equal(stats.agents["market_analyst"]?.useCount, 1000);
  assert.equal(stats.creations, 1);
});

test("4 processes with 20 configurations under 5 names at random make 20 versions of 5 agents, and count 1000 uses", async () => {
  await using world = await openWorld();
  using folder = temporaryFolder();
  const configurations = Array.from({ length: 20 }, (_, index) => [`agent_${index % 5}`, `Variant ${index}.`] as const);
  const registry = join(folder.path, "registry.db");
  const outcomes = await inProcesses(world, registry, { calls: 250, configurations });
  assert.equal(
    outcomes.reduce((sum, outcome) => sum + outcome.made, 0),
    20,
  );
  const { agents, versions } = world.emulator.stats();
  assert.deepEqual({ agents, versions }, { agents: 5, versions: 20 });
  const stats = await world.manager({ registry: new SqliteRegistry(registry) }).getAgentStats();
  assert.equal(
    Object.values(stats.agents).reduce((sum, agent) => sum + agent.useCount, 0),
    1000,
  );
});

test("2 processes with different instructions, calling in turn 50 times, make two versions, and each keeps its own", async () => {
  await using world = await openWorld();
  using folder = temporaryFolder();
  const registry = join(folder.path, "registry.db");
  const place = { ...(await placeOf(world)), registry };
  const programs = ["Left.", "Right."].map((instructions) => startProgram(TURNS, { ...place, instructions }));
  const seen = new Set<string>();
  for (let turn = 0; turn < 50; turn += 1) {
    for (const program of programs) {
      program.say({ turn });
      const answer = (await program.line((line) => (line as Turn).turn === turn)) as Turn;
      seen.add(`${programs.indexOf(program)} ${answer.id}`);
      assert.equal(answer.isLookedUp, true, "not from memory");
    }
  }
  for (const program of programs) program.hangUp();
  assert.deepEqual(await Promise.all(programs.map(({ ended }) => ended)), [0, 0]);
  assert.deepEqual([...seen].toSorted(), ["0 market-analyst:1", "1 market-analyst:2"]);
  assert.equal(world.emulator.stats().versions, 2);
  const stats = await world.manager({ registry: new SqliteRegistry(registry) }).getAgentStats();
  assert.equal(stats.agents["market_analyst"]?.useCount, 100);
});

interface Turn {
  readonly turn: number;
  readonly id: string;
  readonly isLookedUp: boolean;
}

async function placeOf({ emulator }: World): Promise<Record<string, unknown>> {
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  return { endpoint: emulator.endpoint, ca: emulator.ca, token };
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tenure-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
