import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AgentResponse } from "../../src/agent/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { type AgentWorld, openAgentWorld } from "../agent/agent-world.ts";
import { type RunningProgram, startProgram } from "../support/child-program.ts";
import { todaysAccount, watch } from "./support/spenders.ts";

const PROGRAM = new URL("programs/ask-on-a-budget.ts", import.meta.url);
const PROCESSES = 4;
const DAILY_TOKENS = 2_000;

type Line = Pick<AgentResponse, "success" | "budgetExceeded" | "error" | "budget"> & { readonly tokens: number };

function linesOf(program: RunningProgram): readonly Line[] {
  return program.lines() as readonly Line[];
}

async function startAll(world: AgentWorld, registry: string): Promise<readonly RunningProgram[]> {
  const { endpoint, ca, credential } = world.emulator;
  const { token } = await credential.getToken("https://ai.azure.com/.default");
  const input = { endpoint, ca, token, registry, dailyTokens: DAILY_TOKENS, runs: 25 };
  return Array.from({ length: PROCESSES }, () => startProgram(PROGRAM, input));
}

for (const kill of [0, PROCESSES / 2]) {
  const some = kill === 0 ? "" : `, ${kill} of which are killed,`;
  test(`agents of ${PROCESSES} processes${some} that run against the service never pass their daily budget, and fill it`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "tenure-budget-runs-"));
    try {
      await using world = await openAgentWorld();
      const path = join(folder, "registry.db");
      await using registry = new SqliteRegistry(path);
      await registry.open();
      const programs = await startAll(world, path);
      const victims = programs.slice(0, kill);
      const ends = Promise.all(programs.map(({ ended }) => ended));
      const watched = watch(registry, ends);
      await Promise.all(victims.map((victim) => victim.line(() => true).then(() => victim.child.kill("SIGKILL"))));
      const codes = await ends;
      assert.deepEqual(
        codes.slice(kill),
        Array.from({ length: PROCESSES - kill }, () => 0),
      );
      assert.ok((await watched) <= BigInt(DAILY_TOKENS), `${await watched} of ${DAILY_TOKENS} was seen`);

      const runs = programs.flatMap(linesOf);
      const refused = runs.filter(({ success }) => !success);
      assert.ok(refused.length > 0 && runs.length > refused.length);
      for (const { budgetExceeded, error } of refused) assert.ok(budgetExceeded, error?.message);
      const [balance] = await registry.budgets.get({ accounts: [todaysAccount()] });
      const used = Number((balance?.used ?? 0n) + (balance?.reserved ?? 0n));
      const wanted = refused[0]?.budget?.requested ?? 0;
      assert.ok(used <= DAILY_TOKENS && used > DAILY_TOKENS - wanted, `${used} of ${DAILY_TOKENS}, ${wanted} wanted`);
      const told = runs.reduce((sum, { tokens }) => sum + tokens, 0);
      if (kill === 0) assert.equal(used, told, "the budget holds what the runs were told that they used");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
