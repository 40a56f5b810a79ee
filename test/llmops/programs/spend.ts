// A process that spends from a shared budget: prints one JSON line for each run, and one when it is done.
import { hostname } from "node:os";
// Not the whole of llmops: eight of these start at once.
import { BudgetGuard } from "../../../src/llmops/budget/budget-guard.ts";
import { CostMeter } from "../../../src/llmops/cost/cost-meter.ts";
import type { RunContext } from "../../../src/llmops/stages.ts";
import type { AgentRegistry, ReserveResult } from "../../../src/registry/contract/index.ts";
import { systemRuntime } from "../../../src/runtime/index.ts";
import { decorateRegistry } from "../../support/decorated-registry.ts";
import { contextOf } from "../support/run-context.ts";

const [place = "", schema, runs = "0", limit = "0"] = process.argv.slice(2);
const TOKENS = 100;

// What the registry says after each of its own atomic steps: the balance at that moment, over all processes.
let most = 0n;
const registry = decorateRegistry(await open(), async (call, proceed) => {
  const result = await proceed();
  if (call !== "budgets.reserve") return result;
  for (const { used, reserved } of (result as ReserveResult).balances)
    if (used + reserved > most) most = used + reserved;
  return result;
});
const identity = { id: systemRuntime.newId(), host: hostname(), pid: process.pid };
await registry.open();
await registry.processes.register({ process: identity });

const guard = new BudgetGuard({ rules: [{ window: "day", tokens: Number(limit) }] }, new CostMeter());
const host = {
  registry,
  runtime: systemRuntime,
  process: identity,
  service: { location: "test:here" },
} as RunContext["host"];
let allowed = 0;
for (let run = 0; run < Number(runs); run += 1) {
  const context = contextOf(host);
  const decision = await guard.reserve(context, {
    inputText: "",
    carriedTokens: 0,
    maxOutputTokens: TOKENS,
    round: 0,
    timeoutMs: 60_000,
  });
  if (decision.kind === "stop") continue;
  allowed += 1;
  console.log(JSON.stringify({ run, allowed }));
  await new Promise((resolve) => setImmediate(resolve));
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: TOKENS, reasoningTokens: 0, totalTokens: TOKENS };
  await guard.settle(decision.handle, { context, usage, costPico: null });
}
await guard.flush();
console.log(JSON.stringify({ done: true, allowed, most: Number(most) }));
await registry.close();

async function open(): Promise<AgentRegistry> {
  if (/^postgres(ql)?:/.test(place)) {
    const { PostgresRegistry } = await import("../../../src/registry/postgres/index.ts");
    return new PostgresRegistry({ url: place, schema });
  }
  const { SqliteRegistry } = await import("../../../src/registry/sqlite/index.ts");
  return new SqliteRegistry(place);
}
