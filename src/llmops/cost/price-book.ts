import type * as PriceList from "@pydantic/genai-prices";
import type { TokenUsage } from "../../services/contract/index.ts";
import { divideHalfUp, multiply, picoFromNumber, toPico } from "../money.ts";
import type { ExactRates, ResolvedCosts, ResolvedDeployment } from "./options.ts";

/** Which call is to be priced. */
export interface PricedCall {
  readonly deployment: string;
  /** The model that answered, as the service names it. */
  readonly reportedModel: string | undefined;
  readonly usage: TokenUsage;
  /** Prices have dates. Epoch milliseconds. */
  readonly at: number;
}

/** A price that is known. */
export interface FoundPrice {
  readonly costPico: bigint;
  readonly pricedModel: string;
}

const TOKENS_PER_RATE = 1_000_000n;

/** Prices from the bundled list of `@pydantic/genai-prices` (never from the network) and from contracts. */
export class PriceBook {
  readonly #costs: ResolvedCosts;
  #list: Promise<typeof PriceList> | undefined;

  constructor(costs: ResolvedCosts) {
    this.#costs = costs;
  }

  /** `undefined` if no price is known, or the usage makes no sense. Never rejects. The list is loaded at the first call that needs it. */
  async find(call: PricedCall): Promise<FoundPrice | undefined> {
    if (!isPlausible(call.usage)) return undefined;
    const deployment = this.#costs.deployments.get(call.deployment) ?? this.#costs.fallback;
    if (deployment.price !== undefined) {
      const costPico = applyFactors(contractPrice(deployment.price, call.usage), deployment);
      return { costPico, pricedModel: deployment.model ?? call.deployment };
    }
    return this.#findInList(call, deployment);
  }

  async #findInList(call: PricedCall, deployment: ResolvedDeployment): Promise<FoundPrice | undefined> {
    this.#list ??= import("@pydantic/genai-prices");
    const list = await this.#list;
    for (const model of candidates(call, deployment)) {
      const price = listPrice(list, { model, provider: deployment.provider, call });
      if (price !== undefined) return { costPico: applyFactors(price, deployment), pricedModel: model };
    }
    return undefined;
  }
}

/** A mapped deployment is priced as its model and as nothing else: a wrong map must show. */
function candidates(call: PricedCall, deployment: ResolvedDeployment): readonly string[] {
  if (deployment.model !== undefined) return [deployment.model];
  return call.reportedModel === undefined || call.reportedModel === call.deployment
    ? [call.deployment]
    : [call.reportedModel, call.deployment];
}

function listPrice(
  list: typeof PriceList,
  query: { readonly model: string; readonly provider: string; readonly call: PricedCall },
): bigint | undefined {
  const { usage, at } = query.call;
  // Reasoning tokens are output tokens to every provider of the list; naming them apart makes the library refuse the usage.
  const tokens = {
    input_tokens: usage.inputTokens,
    cache_read_tokens: Math.min(usage.cachedInputTokens, usage.inputTokens),
    output_tokens: usage.outputTokens,
  };
  try {
    const found = list.calcPrice(tokens, query.model, { providerId: query.provider, timestamp: new Date(at) });
    return found === null ? undefined : picoFromNumber(found.input_price) + picoFromNumber(found.output_price);
  } catch {
    // The library throws for usage that a model's price list cannot express: to us that price is not known.
    return undefined;
  }
}

function contractPrice(rates: ExactRates, usage: TokenUsage): bigint {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const reasoning = Math.min(usage.reasoningTokens, usage.outputTokens);
  const perMillion =
    BigInt(usage.inputTokens - cached) * toPico(rates.input) +
    BigInt(cached) * toPico(rates.cachedInput) +
    BigInt(usage.outputTokens - reasoning) * toPico(rates.output) +
    BigInt(reasoning) * toPico(rates.reasoning);
  return divideHalfUp(perMillion, TOKENS_PER_RATE);
}

function applyFactors(pico: bigint, deployment: ResolvedDeployment): bigint {
  const factor = deployment.factors.reduce(
    (product, next) => ({ digits: product.digits * next.digits, scale: product.scale + next.scale }),
    { digits: 1n, scale: 0 },
  );
  return multiply(pico, factor);
}

function isPlausible(usage: TokenUsage): boolean {
  return [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
}
