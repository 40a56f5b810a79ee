import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { CostMeter, type UnknownPrice } from "../../src/llmops/cost/cost-meter.ts";
import type { CostOptions } from "../../src/llmops/cost/options.ts";
import { formatPico } from "../../src/llmops/money.ts";
import { contextOf, hostOf, usageOf } from "./support/run-context.ts";

/**
 * By hand, from the public price lists: (input - cached) * input price + cached * cached price + output * output price, per million tokens. Reasoning
 * tokens are output tokens. 12,345 input of which 2,345 cached, 678 output of which 500 reasoning.
 */
const BY_HAND: readonly (readonly [model: string, perMillion: readonly [string, string, string], cost: string])[] = [
  // 10,000 * 2.00 + 2,345 * 0.50 + 678 * 8.00 = 20,000 + 1,172.5 + 5,424 = 26,596.5
  ["gpt-4.1", ["2.00", "0.50", "8.00"], "0.0265965"],
  // 10,000 * 0.40 + 2,345 * 0.10 + 678 * 1.60 = 4,000 + 234.5 + 1,084.8 = 5,319.3
  ["gpt-4.1-mini", ["0.40", "0.10", "1.60"], "0.0053193"],
  // 10,000 * 0.10 + 2,345 * 0.025 + 678 * 0.40 = 1,000 + 58.625 + 271.2 = 1,329.825
  ["gpt-4.1-nano", ["0.10", "0.025", "0.40"], "0.001329825"],
  // 10,000 * 2.50 + 2,345 * 1.25 + 678 * 10.00 = 25,000 + 2,931.25 + 6,780 = 34,711.25
  ["gpt-4o", ["2.50", "1.25", "10.00"], "0.03471125"],
  // 10,000 * 0.15 + 2,345 * 0.075 + 678 * 0.60 = 1,500 + 175.875 + 406.8 = 2,082.675
  ["gpt-4o-mini", ["0.15", "0.075", "0.60"], "0.002082675"],
  // 10,000 * 1.25 + 2,345 * 0.125 + 678 * 10.00 = 12,500 + 293.125 + 6,780 = 19,573.125
  ["gpt-5", ["1.25", "0.125", "10.00"], "0.019573125"],
  // 10,000 * 0.25 + 2,345 * 0.025 + 678 * 2.00 = 2,500 + 58.625 + 1,356 = 3,914.625
  ["gpt-5-mini", ["0.25", "0.025", "2.00"], "0.003914625"],
  // 10,000 * 0.05 + 2,345 * 0.005 + 678 * 0.40 = 500 + 11.725 + 271.2 = 782.925
  ["gpt-5-nano", ["0.05", "0.005", "0.40"], "0.000782925"],
  // 10,000 * 2.00 + 2,345 * 0.50 + 678 * 8.00 = 26,596.5
  ["o3", ["2.00", "0.50", "8.00"], "0.0265965"],
  // Azure rounds the cached price up. 10,000 * 1.10 + 2,345 * 0.28 + 678 * 4.40 = 11,000 + 656.6 + 2,983.2 = 14,639.8
  ["o4-mini", ["1.10", "0.28", "4.40"], "0.0146398"],
];

const USAGE = usageOf(12_345, 678, { cachedInputTokens: 2345, reasoningTokens: 500 });

for (const [model, [input, cachedInput, output], cost] of BY_HAND) {
  test(`a run with ${model} costs what the price list gives by hand, cached and reasoning tokens included`, async () => {
    const listed = await price({}, model);
    assert.equal(listed.costPico === null ? null : formatPico(listed.costPico), cost);
    const contract = await price({ deployments: { mine: { model, price: { input, cachedInput, output } } } }, "mine");
    assert.equal(contract.costPico, listed.costPico, "the same prices as a contract give the same cost");
  });
}

test("an unknown deployment has no price, never 0, and is flagged once", async () => {
  const flagged: UnknownPrice[] = [];
  const costs = new CostMeter({ onUnknownPrice: (unknown) => flagged.push(unknown) });
  const context = contextOf(hostOf(), { model: "my-deployment" });
  for (let run = 0; run < 3; run += 1) {
    const { costPico, pricedModel } = await costs.price({ context, usage: USAGE, reportedModel: undefined });
    assert.equal(costPico, null);
    assert.equal(pricedModel, undefined);
  }
  assert.deepEqual(flagged, [{ deployment: "my-deployment", reportedModel: undefined }]);
  assert.deepEqual(costs.unknownPrices, flagged);
});

test("a deployment that is mapped to an unknown model is flagged, not priced as the model that answered", async () => {
  const costs = new CostMeter({ deployments: { chat: { model: "gpt-99-typo" } } });
  const { costPico } = await costs.price({
    context: contextOf(hostOf(), { model: "chat" }),
    usage: USAGE,
    reportedModel: "gpt-4.1",
  });
  assert.equal(costPico, null);
  assert.deepEqual(costs.unknownPrices, [{ deployment: "chat", reportedModel: "gpt-4.1" }]);
});

test("a deployment without a map is priced as the model that answered", async () => {
  const costs = new CostMeter();
  const context = contextOf(hostOf(), { model: "chat" });
  const { costPico, pricedModel } = await costs.price({ context, usage: USAGE, reportedModel: "gpt-4.1-2025-04-14" });
  assert.equal(formatPico(costPico ?? -1n), "0.0265965");
  assert.equal(pricedModel, "gpt-4.1-2025-04-14");
});

test("a data zone costs a tenth more, a discount is taken last, and both are exact", async () => {
  const zone = await price({ deployments: { z: { model: "gpt-4.1", region: "data-zone" } } }, "z");
  assert.equal(formatPico(zone.costPico ?? 0n), "0.02925615");
  const less = await price({ multiplier: "0.85", deployments: { z: { model: "gpt-4.1", region: "data-zone" } } }, "z");
  assert.equal(formatPico(less.costPico ?? 0n), "0.0248677275");
  const own = await price(
    { regions: { "data-zone": "1.25" }, deployments: { z: { model: "gpt-4.1", region: "data-zone" } } },
    "z",
  );
  assert.equal(formatPico(own.costPico ?? 0n), "0.033245625");
});

test("a contract may price reasoning tokens apart, and a region does not touch it", async () => {
  const deployments = { r: { region: "regional" as const, price: { input: 1, output: 2, reasoning: "3.5" } } };
  const { costPico, pricedModel } = await price({ deployments }, "r");
  // 12,345 * 1 + 178 * 2 + 500 * 3.5 = 14,451
  assert.equal(formatPico(costPico ?? 0n), "0.014451");
  assert.equal(pricedModel, "r");
});

test("usage that makes no sense has no price", async () => {
  for (const usage of [usageOf(-1, 5), usageOf(Number.NaN, 5), usageOf(1.5, 5), usageOf(1, Number.POSITIVE_INFINITY)]) {
    assert.equal((await price({}, "gpt-4.1", usage)).costPico, null);
  }
});

test("a listener of unknown prices that throws fails no call", async () => {
  let told = 0;
  const costs = new CostMeter({
    onUnknownPrice: () => {
      told += 1;
      throw new Error("broken");
    },
  });
  const context = contextOf(hostOf(), { model: "my-deployment" });
  const cost = await costs.price({ context, usage: USAGE, reportedModel: undefined });
  assert.deepEqual([cost.costPico, told], [null, 1]);
});

const WRONG: readonly (readonly [name: string, options: unknown])[] = [
  ["costs.currency", { currency: "dollars" }],
  ["costs.currency", { currency: "EUR" }],
  ["costs.multiplier", { multiplier: -1 }],
  ["costs.multiplier", { multiplier: Number.NaN }],
  ["costs.multiplier", { multiplier: Number.POSITIVE_INFINITY }],
  ["costs.multiplier", { multiplier: "1e3" }],
  ["costs.deployments.a.price.input", { deployments: { a: { price: { output: 1 } } } }],
  ["costs.deployments.a.price.output", { deployments: { a: { price: { input: 1, output: -2 } } } }],
  ["costs.deployments.a.region", { deployments: { a: { region: "moon" } } }],
  ["costs.deployments.a.model", { deployments: { a: { model: "" } } }],
  ["costs.deployments.a", { deployments: { a: null } }],
  ["costs.deployments.a", { deployments: { a: { modle: "gpt-4.1" } } }],
  ["costs", { deployment: {} }],
  ["costs.keepRuns", { keepRuns: "a month" }],
  ["costs", []],
];

for (const [name, options] of WRONG) {
  test(`wrong costs are refused by name: ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => new CostMeter(options as CostOptions),
      (error: unknown) =>
        error instanceof TenureError && error.code === "invalid_option" && error.message.includes(`\`${name}\``),
    );
  });
}

function price(
  options: CostOptions,
  model: string,
  usage = USAGE,
): Promise<{ costPico: bigint | null; pricedModel: string | undefined }> {
  return new CostMeter(options).price({ context: contextOf(hostOf(), { model }), usage, reportedModel: undefined });
}
