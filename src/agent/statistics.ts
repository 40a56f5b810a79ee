import type { EvaluationResult } from "../llmops/stages.ts";
import { picoToNumber } from "../registry/contract/index.ts";
import { addTokens, NO_TOKENS, type TokenUsage } from "../services/contract/index.ts";
import type { AgentResponse } from "./agent-response.ts";

/** What the runs of one `ProductionAgent` have come to since it was made. Averages are `null` as long as there is nothing to average. */
export interface CumulativeStats {
  readonly runs: number;
  readonly successes: number;
  readonly failures: number;
  /** Of `failures`: stopped by a budget. */
  readonly budgetExceeded: number;
  /** 0 to 1. */
  readonly successRate: number | null;
  /** Runs that found their agent there already. */
  readonly agentReuses: number;
  readonly modelCalls: number;
  readonly tokens: TokenUsage;
  /** Sum of what is known; `null` if runs used tokens and no price is known of any. */
  readonly costUsd: number | null;
  /** Runs that used tokens and have no price: `costUsd` is too low then. */
  readonly unpricedRuns: number;
  readonly totalDurationMs: number;
  readonly averageDurationMs: number | null;
  readonly evaluations: number;
  /** 0 to 1. */
  readonly averageScore: number | null;
  /** How often each label was given. */
  readonly qualityLabels: Readonly<Record<string, number>>;
}

/** Adds up the runs of one object. */
export class Statistics {
  #runs = 0;
  #successes = 0;
  #budgetExceeded = 0;
  #agentReuses = 0;
  #modelCalls = 0;
  #tokens: TokenUsage = NO_TOKENS;
  /** In units of 10^-12, so that a million small sums do not drift. */
  #costPico = 0n;
  #unpricedRuns = 0;
  #durationMs = 0;
  #scored = 0;
  #scoreSum = 0;
  #evaluations = 0;
  readonly #labels = new Map<string, number>();

  /** `costPico`: exact, and `null` or absent if it is not known. */
  addRun(response: AgentResponse, costPico: bigint | null | undefined): void {
    const { metrics } = response;
    this.#runs += 1;
    if (response.success) this.#successes += 1;
    if (response.budgetExceeded) this.#budgetExceeded += 1;
    if (response.agentReused) this.#agentReuses += 1;
    this.#modelCalls += metrics.modelCalls;
    this.#tokens = addTokens(this.#tokens, metrics.tokens);
    this.#durationMs += metrics.durationMs;
    if (typeof costPico === "bigint") this.#costPico += costPico;
    else if (metrics.modelCalls > 0) this.#unpricedRuns += 1;
    if (metrics.evaluation !== undefined) this.addEvaluation(metrics.evaluation);
  }

  addEvaluation({ score, label }: Pick<EvaluationResult, "score" | "label">): void {
    this.#evaluations += 1;
    if (score !== null) {
      this.#scored += 1;
      this.#scoreSum += score;
    }
    if (label !== undefined) this.#labels.set(label, (this.#labels.get(label) ?? 0) + 1);
  }

  read(): CumulativeStats {
    const runs = this.#runs;
    return {
      runs,
      successes: this.#successes,
      failures: runs - this.#successes,
      budgetExceeded: this.#budgetExceeded,
      successRate: average(this.#successes, runs),
      agentReuses: this.#agentReuses,
      modelCalls: this.#modelCalls,
      tokens: this.#tokens,
      costUsd: this.#unpricedRuns > 0 && this.#costPico === 0n ? null : picoToNumber(this.#costPico),
      unpricedRuns: this.#unpricedRuns,
      totalDurationMs: this.#durationMs,
      averageDurationMs: average(this.#durationMs, runs),
      evaluations: this.#evaluations,
      averageScore: average(this.#scoreSum, this.#scored),
      qualityLabels: Object.fromEntries(this.#labels),
    };
  }
}

function average(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}
