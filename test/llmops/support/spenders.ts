import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BudgetGuard, CostMeter } from "../../../src/llmops/index.ts";
import type { AgentRegistry } from "../../../src/registry/contract/index.ts";
import { contextOf, hostOf } from "./run-context.ts";

const PROGRAM = new URL("../programs/spend.ts", import.meta.url).pathname;
export const TOKENS = 100;
export const ADMITTED = 500;
const LIMIT = ADMITTED * TOKENS;
const PROCESSES = 8;
const RUNS = 200;

/** Where processes meet: a SQLite file (its schema has no meaning), or a URL of PostgreSQL and a schema. */
export interface SharedPlace {
  readonly place: string;
  readonly schema: string;
}

/** What a process said: how many runs it was allowed, and the highest balance that it saw. */
interface Spender {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly allowed: number; readonly most: number; readonly killed: boolean }>;
}

/** 8 processes x 200 runs against a daily budget that admits 500; `kill` of them are killed with SIGKILL in the middle of it. */
export async function spendTogether(place: SharedPlace, registry: AgentRegistry, kill: number): Promise<void> {
  const spenders: Spender[] = [];
  let allowedSoFar = 0;
  const onAllowed = (): void => {
    allowedSoFar += 1;
    // Somewhere in the middle, while reservations are open.
    if (allowedSoFar === ADMITTED / 5) for (const { child } of spenders.slice(0, kill)) child.kill("SIGKILL");
  };
  for (let count = 0; count < PROCESSES; count += 1) spenders.push(start(place, onAllowed));
  const watched = watch(registry, Promise.all(spenders.map(({ ended }) => ended)));
  const ends = await Promise.all(spenders.map(({ ended }) => ended));
  assert.ok((await watched) <= BigInt(LIMIT), `${await watched} of ${LIMIT} was seen from outside`);
  for (const { most } of ends) assert.ok(most <= LIMIT, `${most} of ${LIMIT} was seen by a process`);
  assert.equal(ends.filter(({ killed }) => killed).length, kill);

  // A server needs a moment to see that a killed process's connection is gone.
  for (const { holder } of await registry.budgets.listOpen({ accounts: [todaysAccount()] })) {
    while (!(await registry.processes.isDead({ process: holder })))
      await new Promise((resolve) => setImmediate(resolve));
  }

  // Whoever comes next gives back what the dead held, and fills the budget to the last reservation.
  const host = hostOf({ registry });
  await registry.processes.register({ process: host.process });
  const guard = new BudgetGuard({ rules: [{ window: "day", tokens: LIMIT }] }, new CostMeter());
  let late = 0;
  for (;;) {
    const context = contextOf(host);
    const decision = await guard.reserve(context, {
      inputText: "",
      carriedTokens: 0,
      maxOutputTokens: TOKENS,
      round: 0,
      timeoutMs: 60_000,
    });
    if (decision.kind === "stop") {
      assert.ok(
        decision.breach.used <= LIMIT && decision.breach.used > LIMIT - TOKENS,
        `${decision.breach.used} of ${LIMIT} at the end`,
      );
      break;
    }
    late += 1;
    const usage = {
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: TOKENS,
      reasoningTokens: 0,
      totalTokens: TOKENS,
    };
    await guard.settle(decision.handle, { context, usage, costPico: null });
  }
  const allowed = ends.reduce((sum, end) => sum + end.allowed, late);
  if (kill === 0) assert.deepEqual([allowed, late], [ADMITTED, 0], "the living fill the budget by themselves");
  // A killed process may have been allowed a run that it never settled: its reservation was given back.
  else assert.ok(allowed >= ADMITTED && allowed <= ADMITTED + kill, `${allowed} runs were allowed`);
}

function start(place: SharedPlace, onAllowed: () => void): Spender {
  const child = spawn(process.execPath, [PROGRAM, place.place, place.schema, String(RUNS), String(LIMIT)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  let allowed = 0;
  let most = 0;
  lines.on("line", (line) => {
    const said = JSON.parse(line) as { readonly allowed: number; readonly most?: number };
    if (said.most === undefined) onAllowed();
    allowed = said.allowed;
    most = said.most ?? most;
  });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]).then(
    ([[code, signal]]: [unknown[], unknown[]]) => {
      assert.ok(code === 0 || signal === "SIGKILL", `a process ended with ${String(code ?? signal)}`);
      return { allowed, most, killed: signal === "SIGKILL" };
    },
  );
  return { child, ended };
}

/** Looks at the account without pause until `done`; the highest balance that was seen. */
export async function watch(registry: AgentRegistry, done: Promise<unknown>): Promise<bigint> {
  const over = new AbortController();
  const ending = done.finally(() => over.abort());
  ending.catch(() => undefined);
  let most = 0n;
  while (!over.signal.aborted) {
    const [balance] = await registry.budgets.get({ accounts: [todaysAccount()] });
    if (balance !== undefined && balance.used + balance.reserved > most) most = balance.used + balance.reserved;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await ending;
  return most;
}

export function todaysAccount(): string {
  return `default|all||${new Date().toISOString().slice(0, 10)}|tokens`;
}
