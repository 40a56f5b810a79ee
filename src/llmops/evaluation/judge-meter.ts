import { addTokens, NO_TOKENS, type TokenUsage } from "../../services/contract/index.ts";
import type { CostMeter } from "../cost/cost-meter.ts";
import { meteredCall, type SpentTokens } from "../metered-call.ts";
import type { BudgetStage, RunContext } from "../stages.ts";
import type { MeteredCall, ModelMeter } from "./evaluator.ts";

/** Counts what judges use on behalf of one run: in the run's budgets, and in its meters under the judge's own model. */
export class JudgeMeter implements ModelMeter {
  readonly #context: RunContext;
  readonly #budget: BudgetStage | undefined;
  readonly #costs: CostMeter | undefined;
  #usage: TokenUsage | undefined;
  #costPico: bigint | null = 0n;

  constructor(
    context: RunContext,
    parts: { readonly budget: BudgetStage | undefined; readonly costs: CostMeter | undefined },
  ) {
    this.#context = context;
    this.#budget = parts.budget;
    this.#costs = parts.costs;
  }

  /** What all calls used, as far as was told; absent if none was made. `costPico` is `null` once one has no price, or its answer was not seen. */
  get judged(): { readonly usage: TokenUsage; readonly costPico: bigint | null } | undefined {
    return this.#usage === undefined ? undefined : { usage: this.#usage, costPico: this.#costPico };
  }

  async call<Value>(call: MeteredCall<Value>): Promise<Value> {
    const context: RunContext = { ...this.#context, model: call.model };
    const { value } = await meteredCall(this.#budget, {
      context,
      estimate: call,
      make: call.run,
      price: ({ usage, reportedModel }) => this.#price(context, usage, reportedModel),
      count: (spent) => this.#count(context, spent),
    });
    return value;
  }

  async #price(
    { model, startedAt }: RunContext,
    usage: TokenUsage | undefined,
    reportedModel: string | undefined,
  ): Promise<bigint | null> {
    if (usage === undefined) return null;
    const priced = await this.#costs?.priceTokens({ deployment: model, usage, reportedModel, at: startedAt });
    return priced?.costPico ?? null;
  }

  #count(context: RunContext, { usage = NO_TOKENS, costPico }: SpentTokens): void {
    this.#costs?.recordJudge({ context, usage, costPico });
    this.#usage = addTokens(this.#usage ?? NO_TOKENS, usage);
    this.#costPico = this.#costPico === null || costPico === null ? null : this.#costPico + costPico;
  }
}

/** For evaluators outside of a run: nothing is budgeted, usage is added up. */
export class FreeMeter implements ModelMeter {
  #usage: TokenUsage | undefined;

  /** What all calls used; absent if none was made. Nobody prices it. */
  get judged(): { readonly usage: TokenUsage; readonly costPico: null } | undefined {
    return this.#usage === undefined ? undefined : { usage: this.#usage, costPico: null };
  }

  async call<Value>(call: MeteredCall<Value>): Promise<Value> {
    const { value, usage } = await call.run();
    if (usage !== undefined) this.#usage = this.#usage === undefined ? usage : addTokens(this.#usage, usage);
    return value;
  }
}
