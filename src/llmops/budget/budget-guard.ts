import { TenureError } from "../../errors/index.ts";
import type { AgentRegistry, BudgetBalance } from "../../registry/contract/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { TokenUsage } from "../../services/contract/index.ts";
import type { CostMeter } from "../cost/cost-meter.ts";
import type { BudgetBreach, BudgetDecision, BudgetHandle, BudgetStage, CallEstimate, RunContext } from "../stages.ts";
import { type AppliedRule, applyRules, type BudgetStanding, describeBreach, describeStanding } from "./account.ts";
import { type BudgetOptions, resolveBudgets, type ResolvedBudgets } from "./options.ts";
import { type Amounts, type Reservation, ReservationBook } from "./reservation-book.ts";
import { countTokens } from "./token-count.ts";

/** What one call would use with one deployment. */
interface Demand {
  readonly context: RunContext;
  readonly applied: readonly AppliedRule[];
  readonly amounts: Amounts;
  readonly estimate: CallEstimate;
  /** What a `request` limit looks at: without the tokens that the conversation carries. */
  readonly requestAmounts: Amounts;
}

type Attempt =
  | Extract<BudgetDecision, { readonly kind: "allow" }>
  | {
      readonly kind: "stop";
      readonly breach: BudgetBreach;
      readonly over: readonly AppliedRule[];
      readonly reservation: Reservation | undefined;
    };

/** Whose budgets are asked for. What is not named gives the account of runs that name none. */
export interface BudgetSubject {
  readonly agentName?: string | undefined;
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/**
 * Holds budgets over all processes of a registry: takes the most that a call can use before it is made, and puts the real usage in its place
 * afterwards. Estimates can be too low (tool definitions that the service adds, search results): then the account passes its limit by the
 * difference, and the next call is refused.
 */
export class BudgetGuard implements BudgetStage {
  readonly maxOutputTokens: number;
  readonly #budgets: ResolvedBudgets;
  readonly #costs: CostMeter;
  readonly #book = new ReservationBook();

  /** `costs` prices what limits in currency count. Rejects wrong options with `invalid_option`. */
  constructor(options: BudgetOptions, costs: CostMeter) {
    this.#budgets = resolveBudgets(options);
    this.#costs = costs;
    this.maxOutputTokens = this.#budgets.maxOutputTokens;
  }

  async reserve(context: RunContext, estimate: CallEstimate): Promise<BudgetDecision> {
    const demand = await this.#demand(context, estimate);
    const first = await this.#try(demand, ({ rule }) => rule.action !== "warn");
    if (first.kind === "allow") return first;
    const degrading = first.over.find(({ rule }) => rule.action === "degrade");
    if (degrading === undefined) return { kind: "stop", breach: first.breach };
    // A run that has begun keeps its model, and one that is degraded already is not turned away by the limit that degraded it.
    const cheaper = degrading.rule.degradeTo;
    const keepsModel = estimate.round > 0 || cheaper === context.model;
    return this.#degrade(demand, {
      model: keepsModel ? undefined : cheaper,
      breach: this.#breach(degrading, demand, first.reservation),
    });
  }

  settle(
    handle: BudgetHandle,
    used: { readonly context: RunContext; readonly usage: TokenUsage | undefined; readonly costPico: bigint | null },
  ): Promise<void> {
    const amounts =
      used.usage === undefined ? undefined : { tokens: BigInt(used.usage.totalTokens), currency: used.costPico };
    return this.#book.settle(used.context.host, handle, amounts);
  }

  release(handle: BudgetHandle): Promise<void> {
    return this.#book.release(handle);
  }

  /** How full the budgets of a manager's scope are now, reservations included, in the order of their rules. Those of single requests have no account and are left out. */
  async standings(
    manager: { readonly registry: AgentRegistry; readonly runtime: Runtime; readonly scope: string },
    subject: BudgetSubject = {},
  ): Promise<readonly BudgetStanding[]> {
    const { agentName = "", userId, sessionId = "" } = subject;
    const spender = { key: { scope: manager.scope }, agentName, userId, sessionId };
    const lasting = this.#budgets.rules.filter(({ window }) => window !== "request");
    const applied = applyRules(lasting, spender, manager.runtime.now());
    const balances = await manager.registry.budgets.get({
      accounts: [...new Set(applied.map(({ account }) => account))],
    });
    const used = new Map(balances.map((balance) => [balance.account, total(balance)]));
    return applied.map((rule) => {
      const amount = used.get(rule.account) ?? 0n;
      return describeStanding(rule, { used: amount, currency: this.#costs.currency });
    });
  }

  /** Settlements that were never written, because their registry was closed before. */
  get dropped(): number {
    return this.#book.dropped;
  }

  /** Writes settlements that a registry did not take at the time: of one, or of all. */
  flush(registry?: AgentRegistry): Promise<void> {
    return this.#book.flush(registry);
  }

  async #degrade(
    demand: Demand,
    degraded: { readonly model: string | undefined; readonly breach: BudgetBreach },
  ): Promise<BudgetDecision> {
    const { model, breach } = degraded;
    const next = model === undefined ? demand : await this.#demand({ ...demand.context, model }, demand.estimate);
    const second = await this.#try(next, ({ rule }) => rule.action === "stop");
    if (second.kind === "stop") return { kind: "stop", breach: second.breach };
    return model === undefined ? second : { kind: "degrade", handle: second.handle, model, breach };
  }

  async #try(demand: Demand, isHard: (applied: AppliedRule) => boolean): Promise<Attempt> {
    const { applied, amounts, requestAmounts, context } = demand;
    const overRequest = applied.filter(
      ({ rule }) => rule.window === "request" && (requestAmounts[rule.unit] ?? 0n) > rule.limit,
    );
    if (overRequest.some(isHard)) return this.#stop(demand, overRequest.filter(isHard), undefined);

    const lasting = applied.filter(({ rule }) => rule.window !== "request");
    const ttlMs = Math.ceil(demand.estimate.timeoutMs) + this.#budgets.marginMs;
    const reservation = await this.#book.reserve(context.host, { lasting, amounts, ttlMs, isHard });
    const over = lasting.filter((rule) => passes(rule, amounts, reservation));
    if (reservation.exceeded.length > 0) return this.#stop(demand, over.filter(isHard), reservation);
    const warnings = [...overRequest, ...over].filter(({ rule }) => rule.action === "warn");
    return {
      kind: "allow",
      handle: { id: reservation.id },
      warnings: warnings.map((rule) => this.#breach(rule, demand, reservation)),
    };
  }

  #stop(demand: Demand, over: readonly AppliedRule[], reservation: Reservation | undefined): Attempt {
    const worst = over.find(({ rule }) => rule.action === "stop") ?? over[0];
    if (worst === undefined) throw new TenureError("internal", "A reservation was refused by no limit.");
    return { kind: "stop", over, reservation, breach: this.#breach(worst, demand, reservation) };
  }

  #breach(applied: AppliedRule, demand: Demand, reservation: Reservation | undefined): BudgetBreach {
    const isRequest = applied.rule.window === "request";
    const requested = (isRequest ? demand.requestAmounts : demand.amounts)[applied.rule.unit] ?? 0n;
    return describeBreach(applied, { used: before(applied, reservation), requested, currency: this.#costs.currency });
  }

  async #demand(context: RunContext, estimate: CallEstimate): Promise<Demand> {
    const applied = applyRules(this.#budgets.rules, context, context.host.runtime.now());
    const input = (await countTokens(estimate.inputText)) + (estimate.attachedTokens ?? 0);
    const output = estimate.maxOutputTokens ?? this.maxOutputTokens;
    const amounts = await this.#amounts(context, applied, { input: input + estimate.carriedTokens, output });
    const requestAmounts =
      estimate.carriedTokens === 0 ? amounts : await this.#amounts(context, applied, { input, output });
    return { context, applied, amounts, requestAmounts, estimate };
  }

  async #amounts(
    context: RunContext,
    applied: readonly AppliedRule[],
    tokens: { readonly input: number; readonly output: number },
  ): Promise<Amounts> {
    const total = tokens.input + tokens.output;
    const limit = applied.find(({ rule }) => rule.unit === "currency");
    if (limit === undefined) return { tokens: BigInt(total), currency: null };
    const { costPico } = await this.#costs.priceTokens({
      deployment: context.model,
      reportedModel: undefined,
      at: context.startedAt,
      usage: {
        inputTokens: tokens.input,
        cachedInputTokens: 0,
        outputTokens: tokens.output,
        reasoningTokens: 0,
        totalTokens: total,
      },
    });
    if (costPico === null && this.#budgets.unknownPrice === "stop") {
      throw new TenureError(
        "invalid_option",
        `The budget ${limit.rule.name} counts ${this.#costs.currency}, and no price is known for the deployment ${context.model}.`,
        {
          hint: `Set \`costs.deployments["${context.model}"].model\` or \`.price\`, or pass \`unknownPrice: "ignore"\`.`,
        },
      );
    }
    return { tokens: BigInt(total), currency: costPico };
  }
}

/** What the account held without this call: a reservation that was made is in the balance, one that was refused is not. */
function before(applied: AppliedRule, reservation: Reservation | undefined): bigint {
  const balance = reservation?.balances.get(applied.account);
  if (balance === undefined) return 0n;
  return total(balance) - (reservation?.taken.get(applied.account) ?? 0n);
}

function passes(applied: AppliedRule, amounts: Amounts, reservation: Reservation): boolean {
  return before(applied, reservation) + (amounts[applied.rule.unit] ?? 0n) > applied.rule.limit;
}

function total(balance: BudgetBalance): bigint {
  return balance.used + balance.reserved;
}
