import type { Attributes, Counter, Histogram, Meter } from "@opentelemetry/api";
import { picoToNumber } from "../../registry/contract/index.ts";
import type { BudgetBreach, BudgetDecision, SpanFacts, SpanStart, StageNote } from "../stages.ts";
import { LabelCap } from "./label-cap.ts";
import type { ResolvedTelemetry } from "./options.ts";
import { serverAttributes } from "./place.ts";

// Boundaries as the conventions ask for.
const TOKEN_BOUNDARIES = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
export const SECOND_BOUNDARIES = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const SCORE_BOUNDARIES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

// Deployments and evaluators are few in any sane program; the cap is for the insane ones.
const MAX_MODELS = 100;
const MAX_EVALUATORS = 100;

/** Metrics of runs. Every label has a closed set of values, or a cap. */
export class RunMetrics {
  readonly #options: ResolvedTelemetry;
  readonly #duration: Histogram;
  readonly #tokens: Histogram;
  readonly #cost: Counter;
  readonly #unpriced: Counter;
  readonly #budgets: Counter;
  readonly #scores: Histogram;
  readonly #evaluationFailures: Counter;
  readonly #models = new LabelCap(MAX_MODELS);
  readonly #evaluators = new LabelCap(MAX_EVALUATORS);
  readonly #agents: LabelCap;

  constructor(meter: Meter, options: ResolvedTelemetry) {
    this.#options = options;
    this.#agents = new LabelCap(options.maxAgentNames);
    this.#duration = meter.createHistogram("gen_ai.client.operation.duration", {
      unit: "s",
      description: "GenAI operation duration.",
      advice: { explicitBucketBoundaries: SECOND_BOUNDARIES },
    });
    this.#tokens = meter.createHistogram("gen_ai.client.token.usage", {
      unit: "{token}",
      description: "Number of input and output tokens used.",
      advice: { explicitBucketBoundaries: TOKEN_BOUNDARIES },
    });
    this.#cost = meter.createCounter("tenure.cost", {
      unit: "{currency}",
      description: "Cost of model calls whose price is known.",
    });
    this.#unpriced = meter.createCounter("tenure.cost.unknown", {
      unit: "{call}",
      description: "Model calls without a known price.",
    });
    this.#budgets = meter.createCounter("tenure.budget.decisions", {
      unit: "{decision}",
      description: "What budgets decided, by decision.",
    });
    this.#scores = meter.createHistogram("tenure.evaluation.score", {
      unit: "1",
      description: "Scores of answers, by evaluator.",
      advice: { explicitBucketBoundaries: SCORE_BOUNDARIES },
    });
    this.#evaluationFailures = meter.createCounter("tenure.evaluation.failures", {
      unit: "{failure}",
      description: "Evaluators that failed.",
    });
  }

  /** Attributes of `start` that metrics may have. */
  labels(start: SpanStart): Attributes {
    const { context } = start;
    const isCall = start.kind !== "execute_tool";
    return {
      "gen_ai.operation.name": start.kind,
      "gen_ai.provider.name": this.#options.provider,
      ...(isCall
        ? { "gen_ai.request.model": this.#models.limit(context.model), ...serverAttributes(context.key.location) }
        : {}),
      ...(this.#options.maxAgentNames > 0 ? { "gen_ai.agent.name": this.#agents.limit(context.agentName) } : {}),
    };
  }

  ended(
    start: SpanStart,
    end: { readonly facts: SpanFacts; readonly seconds: number; readonly errorType: string | undefined },
  ): void {
    const { facts, seconds, errorType } = end;
    const labels = {
      ...this.labels(start),
      ...(facts.responseModel === undefined
        ? {}
        : { "gen_ai.response.model": this.#models.limit(facts.responseModel) }),
    };
    this.#duration.record(seconds, errorType === undefined ? labels : { ...labels, "error.type": errorType });
    // The run's own usage is the sum of its calls': counting both would double it.
    if (start.kind !== "chat" || facts.usage === undefined) return;
    this.#tokens.record(facts.usage.inputTokens, { ...labels, "gen_ai.token.type": "input" });
    this.#tokens.record(facts.usage.outputTokens, { ...labels, "gen_ai.token.type": "output" });
  }

  noted(start: SpanStart, note: StageNote): void {
    const model = { "gen_ai.request.model": this.#models.limit(start.context.model) };
    if (note.type === "budget") this.#budgeted(note.decision);
    else if (note.type === "evaluation_failed") this.#evaluationFailures.add(1, { "tenure.evaluator": "_STAGE" });
    else if (note.type === "cost") {
      const { costPico, currency } = note.cost;
      if (costPico === null) this.#unpriced.add(1, model);
      else this.#cost.add(picoToNumber(costPico), { ...model, "tenure.currency": currency });
    } else {
      const { result } = note;
      if (result.score !== null) this.#scores.record(result.score, { "tenure.evaluator": "overall" });
      for (const { name, score, error } of result.measures) {
        const label = { "tenure.evaluator": this.#evaluators.limit(name) };
        if (score !== null) this.#scores.record(score, label);
        else if (error !== undefined) this.#evaluationFailures.add(1, label);
      }
    }
  }

  #budgeted(decision: BudgetDecision): void {
    const breaches = decision.kind === "allow" ? decision.warnings : [decision.breach];
    if (breaches.length === 0) this.#budgets.add(1, { "tenure.budget.decision": "allow" });
    for (const breach of breaches)
      this.#budgets.add(1, breachLabels(decision.kind === "allow" ? "warn" : decision.kind, breach));
  }
}

function breachLabels(decision: "warn" | "degrade" | "stop", breach: BudgetBreach): Attributes {
  return {
    "tenure.budget.decision": decision,
    "tenure.budget.scope": breach.scope,
    "tenure.budget.window": breach.window,
    "tenure.budget.unit": breach.unit,
  };
}
