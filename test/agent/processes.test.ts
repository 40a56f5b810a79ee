import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import type { AgentResponse } from "../../src/agent/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { runProgram, startProgram } from "../support/child-program.ts";
import { type AgentWorld, openAgentWorld } from "./agent-world.ts";

const PROGRAM = new URL("programs/talk.ts", import.meta.url);

function temporaryFile(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "tenure-sessions-"));
  return { path: join(folder, "registry.db"), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

async function inputFor(world: AgentWorld, registry: string, queries: readonly string[]): Promise<object> {
  const { token } = await world.emulator.credential.getToken("https://ai.azure.com/.default");
  return { endpoint: world.emulator.endpoint, ca: world.emulator.ca, token, registry, sessionId: "s1", queries };
}

function responses(lines: readonly unknown[]): readonly AgentResponse[] {
  return lines.filter((line): line is AgentResponse => typeof line === "object" && line !== null && "success" in line);
}

test("A session of three runs goes on in another process after the first has ended: one conversation", async () => {
  using file = temporaryFile();
  await using world = await openAgentWorld();
  const first = responses(await runProgram(PROGRAM, await inputFor(world, file.path, ["One", "Two", "Three"])));
  const second = responses(await runProgram(PROGRAM, await inputFor(world, file.path, ["Four"])));
  assert.ok([...first, ...second].every(({ success }) => success));
  assert.match(second[0]?.response ?? "", /turn 4, after: "Three"/);
  assert.equal(second[0]?.agentReused, true);
  assert.equal(world.emulator.stats().created.conversations, 1);
  assert.equal(world.emulator.stats().versions, 1);
});

test("Processes that run one session at the same time never interleave, and count what it cost together", async () => {
  using file = temporaryFile();
  await using world = await openAgentWorld();
  const queries = ["One", "Two", "Three"];
  const inputs = await Promise.all([1, 2, 3].map(() => inputFor(world, file.path, queries)));
  const outputs = await Promise.all(inputs.map((input) => runProgram(PROGRAM, input)));
  const all = outputs.flatMap((lines) => responses(lines));
  assert.deepEqual(
    new Set(all.map(({ response }) => Number(/turn (\d+)/.exec(response ?? "")?.[1]))),
    new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  );
  assert.equal(world.emulator.stats().conversations, 1);
  const stats = await world.world.manager({ registry: new SqliteRegistry(file.path) }).getAgentStats();
  const { runs, costUsd } = stats.agents["analyst"] ?? {};
  assert.equal(runs, 9);
  const total = all.reduce((sum, { metrics }) => sum + (metrics.costUsd ?? 0), 0);
  assert.ok(Math.abs((costUsd ?? 0) - total) < 1e-9);
});

test("The session of a process that was killed in the middle of a run goes on", async () => {
  using file = temporaryFile();
  await using world = await openAgentWorld();
  const victim = startProgram(PROGRAM, await inputFor(world, file.path, ["One", "emulate slow 30"]));
  await victim.line((line) => typeof line === "object" && line !== null && "begins" in line && line.begins !== "One");
  victim.child.kill("SIGKILL");
  await victim.ended;
  const next = responses(await runProgram(PROGRAM, await inputFor(world, file.path, ["Two"])));
  assert.ok(next[0]?.success);
  assert.equal(world.emulator.stats().conversations, 1);
});
