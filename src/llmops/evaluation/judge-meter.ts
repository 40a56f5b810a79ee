import { TenureError } from "../../errors/index.ts";
import { addTokens, type TokenUsage } from "../../services/contract/index.ts";
import type { CostMeter } from "../cost/cost-meter.ts";
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

  /** What all calls used; absent if none was made. */
  get judged(): { readonly usage: TokenUsage; readonly costPico: bigint | null } | undefined {
    return this.#usage === undefined ? undefined : { usage: this.#usage, costPico: this.#costPico };
  }

  async call<Value>(call: MeteredCall<Value>): Promise<Value> {
    const context: RunContext = { ...this.#context, model: call.model };
    const handle = await this.#reserve(context, call);
    let result: Awaited<ReturnType<MeteredCall<Value>["run"]>>;
    try {
      result = await call.run();
    } catch (thrown) {
      // The model may have answered all the same: what was reserved counts as used.
      if (handle !== undefined) await this.#budget?.settle(handle, { context, usage: undefined, costPico: null });
      throw thrown;
    }
    const costPico = await this.#price(context, result);
    if (handle !== undefined) await this.#budget?.settle(handle, { context, usage: result.usage, costPico });
    return result.value;
  }

  async #reserve<Value>(context: RunContext, call: MeteredCall<Value>): Promise<{ readonly id: string } | undefined> {
    const { inputText, maxOutputTokens, timeoutMs } = call;
    // Round 1: the judge's model is not exchanged for a cheaper one, for its scores would mean something else.
    const decision = await this.#budget?.reserve(context, {
      inputText,
      maxOutputTokens,
      timeoutMs,
      carriedTokens: 0,
      round: 1,
    });
    if (decision?.kind !== "stop") return decision?.handle;
    const { budget, limit, used, unit } = decision.breach;
    throw new TenureError(
      "budget_exceeded",
      `The judge was not asked: the budget ${budget} of ${limit} ${unit} has ${used} used.`,
      {
        details: { ...decision.breach },
      },
    );
  }

  async #price(
    context: RunContext,
    result: { readonly usage: TokenUsage | undefined; readonly reportedModel?: string | undefined },
  ): Promise<bigint | null> {
    const { usage, reportedModel } = result;
    if (usage === undefined) return null;
    const priced = await this.#costs?.priceTokens({
      deployment: context.model,
      usage,
      reportedModel,
      at: context.startedAt,
    });
    const costPico = priced?.costPico ?? null;
    this.#costs?.recordJudge({ context, usage, costPico });
    this.#usage = this.#usage === undefined ? usage : addTokens(this.#usage, usage);
    this.#costPico = this.#costPico === null || costPico === null ? null : this.#costPico + costPico;
    return costPico;
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
