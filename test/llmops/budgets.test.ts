import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { BudgetGuard } from "../../src/llmops/budget/budget-guard.ts";
import { budgetsFromEnvironment } from "../../src/llmops/budget/from-environment.ts";
import type { BudgetOptions, BudgetRule } from "../../src/llmops/budget/options.ts";
import { CostMeter } from "../../src/llmops/cost/cost-meter.ts";
import type { BudgetDecision, BudgetHandle, StageHost } from "../../src/llmops/stages.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { contextOf, estimateOf, hostOf, manualRuntime, usageOf } from "./support/run-context.ts";

const DAY: BudgetRule = { window: "day", tokens: 1000 };

test("a call is reserved with its input and its most output, and refused when that would pass the limit", async () => {
  const { guard, host } = open([DAY]);
  const call = estimateOf({ inputText: "Hello world", maxOutputTokens: 900, carriedTokens: 50 });
  const first = await guard.reserve(contextOf(host), call);
  assert.equal(first.kind, "allow");
  const second = await guard.reserve(contextOf(host), call);
  assert.ok(second.kind === "stop");
  assert.deepEqual(second.breach, {
    budget: "all-day-tokens",
    scope: "all",
    window: "day",
    unit: "tokens",
    limit: 1000,
    used: 952,
    requested: 952,
    resetAt: Date.UTC(2026, 10, 24),
  });
});

test("the real usage takes the place of the reservation, and a release gives it back", async () => {
  const { guard, host } = open([DAY]);
  const context = contextOf(host);
  const first = handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 1000 })));
  await guard.settle(first, { context, usage: usageOf(100, 50), costPico: null });
  const second = handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 850 })));
  assert.equal((await guard.reserve(context, estimateOf({ maxOutputTokens: 1 }))).kind, "stop");
  await guard.release(second);
  assert.equal((await guard.reserve(context, estimateOf({ maxOutputTokens: 850 }))).kind, "allow");
});

test("without usage from the service the whole reservation counts", async () => {
  const { guard, host } = open([DAY]);
  const context = contextOf(host);
  await guard.settle(handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 700 }))), {
    context,
    usage: undefined,
    costPico: null,
  });
  assert.equal(used(await guard.reserve(context, estimateOf({ maxOutputTokens: 400 }))), 700);
});

test("a reservation whose process died is given back after its time, and what it used late still counts", async () => {
  const { guard, host, runtime } = open([DAY], { marginMs: 1000 });
  const context = contextOf(host);
  const late = handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 900, timeoutMs: 5000 })));
  runtime.advance(5999);
  assert.equal((await guard.reserve(context, estimateOf({ maxOutputTokens: 900 }))).kind, "stop");
  runtime.advance(1);
  assert.equal((await guard.reserve(context, estimateOf({ maxOutputTokens: 900, timeoutMs: 5000 }))).kind, "allow");
  runtime.advance(10_000);
  await guard.settle(late, { context, usage: usageOf(300, 300), costPico: null });
  assert.equal(used(await guard.reserve(context, estimateOf({ maxOutputTokens: 900 }))), 600);
});

test("a reservation of a process that is known to be dead is given back at once", async () => {
  const runtime = manualRuntime();
  const registry = new MemoryRegistry({ runtime });
  const dead = hostOf({ registry, runtime });
  const alive = hostOf({ registry, runtime });
  const rules = { rules: [DAY] };
  await registry.processes.register({ process: dead.process });
  assert.equal(
    (await new BudgetGuard(rules, new CostMeter()).reserve(contextOf(dead), estimateOf({ maxOutputTokens: 1000 })))
      .kind,
    "allow",
  );
  const guard = new BudgetGuard(rules, new CostMeter());
  assert.equal((await guard.reserve(contextOf(alive), estimateOf({ maxOutputTokens: 1000 }))).kind, "stop");
  await registry.processes.unregister({ processId: dead.process.id });
  // Who was just seen alive is not asked after again for half a second.
  runtime.advance(500);
  assert.equal((await guard.reserve(contextOf(alive), estimateOf({ maxOutputTokens: 1000 }))).kind, "allow");
});

test("agents, users and sessions have accounts of their own, and runs without a user share one", async () => {
  for (const [scope, own, other] of [
    ["agent", { agentName: "a" }, { agentName: "b" }],
    ["user", { userId: "a" }, { userId: "b" }],
    ["user", { userId: undefined }, { userId: "b" }],
    ["session", { sessionId: "a" }, { sessionId: "b" }],
  ] as const) {
    const { guard, host } = open([{ scope, window: "total", tokens: 100 }]);
    assert.equal((await guard.reserve(contextOf(host, own), estimateOf())).kind, "allow");
    assert.equal((await guard.reserve(contextOf(host, own), estimateOf())).kind, "stop", `${scope} is full`);
    assert.equal((await guard.reserve(contextOf(host, other), estimateOf())).kind, "allow", `another ${scope} is not`);
  }
});

test("a rule for one user leaves the others alone", async () => {
  const { guard, host } = open([{ scope: "user", of: "heavy", window: "day", tokens: 50 }]);
  assert.equal((await guard.reserve(contextOf(host, { userId: "heavy" }), estimateOf())).kind, "stop");
  assert.equal((await guard.reserve(contextOf(host, { userId: "light" }), estimateOf())).kind, "allow");
});

test("day and month begin at midnight UTC, total never", async () => {
  for (const [window, days, opens] of [
    ["day", 1, true],
    ["month", 1, false],
    ["month", 8, true],
    ["total", 400, false],
  ] as const) {
    const { guard, host, runtime } = open([{ window, tokens: 100 }]);
    const context = contextOf(host);
    await guard.settle(handleOf(await guard.reserve(context, estimateOf())), {
      context,
      usage: usageOf(0, 100),
      costPico: null,
    });
    // From Monday noon to midnight, then whole days.
    runtime.advance(12 * 3_600_000 - 1);
    assert.equal((await guard.reserve(context, estimateOf())).kind, "stop");
    runtime.advance(1 + (days - 1) * 86_400_000);
    assert.equal(
      (await guard.reserve(context, estimateOf())).kind,
      opens ? "allow" : "stop",
      `${window} after ${days} days`,
    );
  }
});

test("the request limit looks at what the request adds, not at what the conversation carries", async () => {
  const { guard, host } = open([{ window: "request", tokens: 4000 }]);
  assert.equal(guard.maxOutputTokens, 2000);
  assert.equal(
    (await guard.reserve(contextOf(host), estimateOf({ carriedTokens: 50_000, maxOutputTokens: 4000 }))).kind,
    "allow",
  );
  const decision = await guard.reserve(contextOf(host), estimateOf({ inputText: "Hello", maxOutputTokens: 4000 }));
  assert.ok(decision.kind === "stop");
  assert.deepEqual(
    [decision.breach.limit, decision.breach.requested, decision.breach.resetAt],
    [4000, 4001, undefined],
  );
});

test("a small budget bounds answers by half of itself, so that it does not refuse its first question", async () => {
  for (const [rules, most] of [
    [
      [
        { window: "day", tokens: 1500 },
        { window: "request", tokens: 4000 },
      ],
      750,
    ],
    [[{ window: "day", tokens: 1_000_000 }], 2000],
    [[{ window: "request", tokens: 20_000 }], 10_000],
    [[{ window: "day", tokens: 10 }], 16],
    [[{ window: "day", amount: 1 }], 2000],
    [[], 2000],
  ] as const) {
    assert.equal(open(rules).guard.maxOutputTokens, most);
  }
});

test("a warning lets the call through and tells what is passed", async () => {
  const { guard, host } = open([
    { name: "soft", window: "day", tokens: 150, onBreach: "warn" },
    { name: "hard", window: "day", tokens: 250 },
  ]);
  const decisions = [];
  for (let call = 0; call < 3; call += 1) decisions.push(await guard.reserve(contextOf(host), estimateOf()));
  assert.deepEqual(
    decisions.map((decision) =>
      decision.kind === "allow" ? decision.warnings.map(({ budget, used }) => [budget, used]) : decision.kind,
    ),
    [[], [["soft", 100]], "stop"],
  );
});

test("a passed limit degrades the run to the cheaper model, which then goes on until a hard limit stops it", async () => {
  const { guard, host } = open([
    { name: "soft", window: "day", amount: "0.001", onBreach: { degradeTo: "gpt-4.1-nano" } },
    { name: "hard", window: "day", amount: "0.0011" },
  ]);
  const estimate = estimateOf({ maxOutputTokens: 100 });
  // 100 output tokens of gpt-4.1 cost 0.0008, of gpt-4.1-nano 0.00004.
  assert.equal((await guard.reserve(contextOf(host), estimate)).kind, "allow");
  const decision = await guard.reserve(contextOf(host), estimate);
  assert.ok(decision.kind === "degrade");
  assert.equal(decision.model, "gpt-4.1-nano");
  assert.deepEqual(
    [decision.breach.budget, decision.breach.unit, decision.breach.limit, decision.breach.used],
    ["soft", "USD", 0.001, 0.0008],
  );
  const cheap = contextOf(host, { model: "gpt-4.1-nano" });
  for (let call = 0; call < 6; call += 1)
    assert.equal((await guard.reserve(cheap, { ...estimate, round: 1 })).kind, "allow");
  const stopped = await guard.reserve(cheap, { ...estimate, round: 1 });
  assert.ok(stopped.kind === "stop");
  assert.equal(stopped.breach.budget, "hard");
});

test("money is not spent while nobody can count it, unless that is asked for", async () => {
  const rules: readonly BudgetRule[] = [{ window: "day", amount: 5 }];
  const strict = open(rules);
  await assert.rejects(
    strict.guard.reserve(contextOf(strict.host, { model: "my-model" }), estimateOf()),
    (error: unknown) => {
      return error instanceof TenureError && error.code === "invalid_option" && error.hint.includes("my-model");
    },
  );
  const lax = open(rules, { unknownPrice: "ignore" });
  assert.equal((await lax.guard.reserve(contextOf(lax.host, { model: "my-model" }), estimateOf())).kind, "allow");
});

test("a settlement that the registry does not take is kept and written once", async () => {
  const runtime = manualRuntime();
  let failures = 2;
  const registry = decorateRegistry(new MemoryRegistry({ runtime }), async (call, proceed) => {
    if (call !== "budgets.settle" || failures === 0) return proceed();
    failures -= 1;
    // Once before the effect, once after it.
    if (failures === 0) await proceed();
    throw new TenureError("registry_unavailable", "torn", { retryable: true });
  });
  const guard = new BudgetGuard({ rules: [DAY] }, new CostMeter());
  const context = contextOf(hostOf({ registry, runtime }));
  const handle = handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 500 })));
  await guard.settle(handle, { context, usage: usageOf(200, 100), costPico: null });
  runtime.advance(1000);
  await guard.flush();
  assert.equal(used(await guard.reserve(context, estimateOf({ maxOutputTokens: 900 }))), 300);
});

test("a registry that is closed holds up nobody else, and what it did not take is counted as lost", async () => {
  const runtime = manualRuntime();
  const [gone, stays] = [new MemoryRegistry({ runtime }), new MemoryRegistry({ runtime })];
  const guard = new BudgetGuard({ rules: [DAY] }, new CostMeter());
  const reserve = async (registry: MemoryRegistry): Promise<() => Promise<void>> => {
    const context = contextOf(hostOf({ registry, runtime }));
    const handle = handleOf(await guard.reserve(context, estimateOf()));
    return () => guard.settle(handle, { context, usage: usageOf(10, 5), costPico: null });
  };
  const late = await reserve(gone);
  await gone.close();
  await late();
  assert.equal(guard.dropped, 1);
  await guard.flush();
  await (
    await reserve(stays)
  )();
  const standings = await guard.standings({ registry: stays, runtime, scope: "default" });
  assert.equal(standings[0]?.used, 15);
  await assert.rejects(reserve(gone), { code: "closed" });
});

test("a registry that does not answer delays only its own settlements, which are tried by one timer", async () => {
  const runtime = manualRuntime();
  let [down, tries] = [false, 0];
  const torn = decorateRegistry(new MemoryRegistry({ runtime }), (call, proceed) => {
    if (!down || call !== "budgets.settle") return proceed();
    tries += 1;
    return Promise.reject(new TenureError("registry_unavailable", "down", { retryable: true }));
  });
  const sound = hostOf({ runtime });
  const guard = new BudgetGuard({ rules: [DAY] }, new CostMeter());
  const hosts = [hostOf({ registry: torn, runtime }), hostOf({ registry: torn, runtime }), sound];
  const contexts = hosts.map((host) => contextOf(host));
  const handles = await Promise.all(
    contexts.map(async (context) => handleOf(await guard.reserve(context, estimateOf()))),
  );
  down = true;
  for (const [index, context] of contexts.entries()) {
    await guard.settle(handles[index] ?? assert.fail(), { context, usage: usageOf(10, 5), costPico: null });
  }
  assert.equal((await guard.standings({ ...sound, scope: "default" }))[0]?.used, 15);
  assert.equal((await guard.reserve(contextOf(sound), estimateOf())).kind, "allow");
  const before = tries;
  runtime.advance(1000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(tries, before + 1, "one timer, whose flush ends at the first failure");
  down = false;
  await guard.flush(torn);
  assert.equal((await guard.standings({ registry: torn, runtime, scope: "default" }))[0]?.used, 30);
  assert.equal(guard.dropped, 0);
});

test("a budget that is full by what was used is not searched for dead holders", async () => {
  const runtime = manualRuntime();
  const calls: string[] = [];
  const registry = decorateRegistry(new MemoryRegistry({ runtime }), (call, proceed) => {
    if (call.startsWith("budgets.")) calls.push(call);
    return proceed();
  });
  const guard = new BudgetGuard({ rules: [DAY] }, new CostMeter());
  const context = contextOf(hostOf({ registry, runtime }));
  const handle = handleOf(await guard.reserve(context, estimateOf({ maxOutputTokens: 1000 })));
  assert.equal((await guard.reserve(context, estimateOf())).kind, "stop");
  assert.deepEqual(calls.splice(0).slice(-2), ["budgets.reserve", "budgets.listOpen"], "something is held");
  await guard.settle(handle, { context, usage: usageOf(500, 500), costPico: null });
  calls.length = 0;
  assert.equal((await guard.reserve(context, estimateOf())).kind, "stop");
  assert.deepEqual(calls, ["budgets.reserve"]);
});

test("text that looks like a control token or repeats itself without end is counted like any other", async () => {
  const { guard, host } = open([{ window: "total", tokens: 100_000 }]);
  for (const inputText of ["<|endoftext|>", "a".repeat(400_000), "\u{1F600}".repeat(10_000)]) {
    assert.equal((await guard.reserve(contextOf(host), estimateOf({ inputText, maxOutputTokens: 1 }))).kind, "allow");
  }
});

test("the environment gives a day a million tokens and a request 4,000, and wrong values are refused", () => {
  assert.deepEqual(
    budgetsFromEnvironment({}).map(({ window, tokens }) => [window, tokens]),
    [
      ["day", 1_000_000],
      ["request", 4000],
    ],
  );
  assert.equal(budgetsFromEnvironment({ DAILY_TOKEN_BUDGET: "250_000" })[0]?.tokens, 250_000);
  for (const value of ["-1", "1.5", "1e6", "Infinity", "many", "99999999999999999999"]) {
    for (const name of ["DAILY_TOKEN_BUDGET", "MAX_TOKENS_PER_REQUEST"]) {
      assert.throws(
        () => budgetsFromEnvironment({ [name]: value }),
        (error: unknown) =>
          error instanceof TenureError && error.code === "invalid_option" && error.message.includes(name),
      );
    }
  }
});

const WRONG: readonly (readonly [part: string, options: unknown])[] = [
  ...[-1, 1.5, Number.POSITIVE_INFINITY, Number.NaN, "1000", null, 2 ** 53].map(
    (tokens) => ["tokens", { rules: [{ window: "day", tokens }] }] as const,
  ),
  ...[-1, "-1", Number.POSITIVE_INFINITY, "a lot", "", "9000001", null].map(
    (amount) => ["amount", { rules: [{ window: "day", amount }] }] as const,
  ),
  ["limit", { rules: [{ window: "day" }] }],
  ["limit", { rules: [{ window: "day", tokens: 1, amount: 1 }] }],
  ["window", { rules: [{ tokens: 1 }] }],
  ["window", { rules: [{ window: "week", tokens: 1 }] }],
  ["scope", { rules: [{ window: "day", tokens: 1, scope: "team" }] }],
  ["of", { rules: [{ window: "day", tokens: 1, of: "someone" }] }],
  ["onBreach", { rules: [{ window: "day", tokens: 1, onBreach: "panic" }] }],
  ["onBreach", { rules: [{ window: "day", tokens: 1, onBreach: { degradeTo: "" } }] }],
  ["onbreach", { rules: [{ window: "day", tokens: 1, onbreach: "warn" }] }],
  ["all-day-tokens", { rules: [DAY, DAY] }],
  ["rules", {}],
  ["rules[0]", { rules: [null] }],
  ["marginMs", { rules: [], marginMs: -1 }],
  ["maxOutputTokens", { rules: [], maxOutputTokens: 0.5 }],
  ["unknownPrice", { rules: [], unknownPrice: "guess" }],
];

for (const [part, options] of WRONG) {
  test(`a wrong budget is refused before anything is reserved: ${part} of ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => new BudgetGuard(options as BudgetOptions, new CostMeter()),
      (error: unknown) =>
        error instanceof TenureError && error.code === "invalid_option" && error.message.includes(part),
    );
  });
}

function open(
  rules: readonly BudgetRule[],
  options: Partial<BudgetOptions> = {},
): { guard: BudgetGuard; host: StageHost; runtime: ReturnType<typeof manualRuntime> } {
  const runtime = manualRuntime();
  const registry = new MemoryRegistry({ runtime });
  return {
    guard: new BudgetGuard({ rules, ...options }, new CostMeter()),
    host: hostOf({ registry, runtime }),
    runtime,
  };
}

function handleOf(decision: BudgetDecision): BudgetHandle {
  assert.ok(decision.kind !== "stop");
  return decision.handle;
}

function used(decision: BudgetDecision): number {
  assert.ok(decision.kind === "stop");
  return decision.breach.used;
}
