import assert from "node:assert/strict";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import {
  createLlmops,
  exactMatch,
  judge,
  type JudgeModel,
  type JudgeOptions,
  type LlmopsOptions,
  pattern,
} from "../../src/llmops/index.ts";

const evaluator = exactMatch();
const model: JudgeModel = { model: "m", countsItself: false, ask: () => Promise.reject(new Error("not asked")) };
const judging = { rubric: "Good?", model };

/** What the message names, and options that are wrong there. */
const STAGES: readonly (readonly [named: string, options: unknown])[] = [
  ["options", 5],
  ["budget", { budget: { rules: [] } }],
  ["budgets", { budgets: true }],
  ["margin", { budgets: { rules: [], margin: 5 } }],
  ["evaluation", { evaluation: true }],
  ["sampleRat", { evaluation: { sampleRat: 0.5 } }],
  ["evaluation.mode", { evaluation: { mode: "later" } }],
  ["evaluation.sampleRate", { evaluation: { sampleRate: "half" } }],
  ["evaluators", { evaluation: { evaluators: evaluator } }],
  ["evaluators[0].evaluator", { evaluation: { evaluators: [pattern(/x/)] } }],
  ["evaluators[1]", { evaluation: { evaluators: [{ evaluator, weight: 1 }, null] } }],
  ["evaluators[0].weight", { evaluation: { evaluators: [{ evaluator }] } }],
  [
    "evaluators[0].evaluator.name",
    { evaluation: { evaluators: [{ evaluator: exactMatch({ name: "" }), weight: 1 }] } },
  ],
  ["telemetry", { telemetry: true }],
  ["telemetry", { telemetry: null }],
  ["telemetry.agentNames", { telemetry: { agentNames: null } }],
  ["telemetry.agentNames.max", { telemetry: { agentNames: {} } }],
  ["telemetry.provider", { telemetry: { provider: 5 } }],
  ["telemetry.tracerProvider", { telemetry: { tracerProvider: {} } }],
  ["telemetry.meterProvider", { telemetry: { meterProvider: "global" } }],
  ["costs.onUnknownPrice", { costs: { onUnknownPrice: "x" } }],
  ["costs.deployments", { costs: { deployments: ["gpt-4.1"] } }],
  ["moon", { costs: { regions: { moon: 2 } } }],
  ["inputs", { costs: { deployments: { a: { price: { inputs: 1, output: 1 } } } } }],
];

const JUDGES: readonly (readonly [named: string, options: unknown])[] = [
  ["model", { rubric: "Good?" }],
  ["model", { rubric: "Good?", model: "gpt-4.1" }],
  ["model.model", { rubric: "Good?", model: { ...model, model: "" } }],
  ["rubric", { model }],
  ["rubric", { ...judging, rubric: " " }],
  ["maxOutputTokens", { ...judging, maxOutputTokens: -100_000 }],
  ["timeoutMs", { ...judging, timeoutMs: 0 }],
  ["maxTokens", { ...judging, maxTokens: 5 }],
];

for (const [named, options] of STAGES) refuses(named, options, () => createLlmops(options as LlmopsOptions));
for (const [named, options] of JUDGES) refuses(named, options, () => judge(options as JudgeOptions));

function refuses(named: string, options: unknown, make: () => unknown): void {
  test(`wrong options are refused where they are given: ${named} of ${JSON.stringify(options)}`, () => {
    assert.throws(make, (error: unknown) => {
      assert.ok(error instanceof TenureError && error.code === "invalid_option", String(error));
      assert.ok(error.message.includes(`\`${named}\``), error.message);
      return true;
    });
  });
}
