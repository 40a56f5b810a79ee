import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runProgram } from "../support/child-program.ts";
import { openWorld, type World } from "../support/world.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";

const PROGRAM = new URL("programs/resolve-many.ts", import.meta.url);

interface Outcome {
  readonly made: number;
  readonly ids: readonly string[];
}

async function inProcesses(
  world: World,
  registry: string,
  job: { readonly calls: number; readonly configurations: readonly (readonly [string, string])[] },
): Promise<readonly Outcome[]> {
  const { token } = await world.emulator.credential.getToken("https://ai.azure.com/.default");
  const strides = [1, 3, 7, 9];
  const outputs = await Promise.all(
    strides.map((stride) =>
      runProgram(PROGRAM, {
        endpoint: world.emulator.endpoint,
        ca: world.emulator.ca,
        token,
        registry,
        stride,
        ...job,
      }),
    ),
  );
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

test("4 processes with 20 configurations under 5 names make 20 versions of 5 agents", async () => {
  await using world = await openWorld();
  using folder = temporaryFolder();
  const configurations = Array.from({ length: 20 }, (_, index) => [`agent_${index % 5}`, `Variant ${index}.`] as const);
  const outcomes = await inProcesses(world, join(folder.path, "registry.db"), { calls: 250, configurations });
  assert.equal(
    outcomes.reduce((sum, outcome) => sum + outcome.made, 0),
    20,
  );
  const { agents, versions } = world.emulator.stats();
  assert.deepEqual({ agents, versions }, { agents: 5, versions: 20 });
});

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tenure-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
