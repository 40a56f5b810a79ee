import { TenureError } from "../../errors/index.ts";
import { type Decimal, type ExactDecimal, parseDecimal } from "../money.ts";
import { shown } from "../../config/expectation.ts";
import { assertObject, refuseUnknown, textOption, wordOption } from "../../config/option-checks.ts";

/** Where a deployment computes. Foundry charges more for keeping data in a zone or region. */
export type RegionTier = "global" | "data-zone" | "regional";

/** A negotiated price, in USD per million tokens. It replaces the list price, region tier included. */
export interface ContractPrice {
  readonly input: Decimal;
  /** Default: `input`. */
  readonly cachedInput?: Decimal | undefined;
  readonly output: Decimal;
  /** Default: `output`. */
  readonly reasoning?: Decimal | undefined;
}

/** What stands behind a deployment name. */
export interface DeploymentCost {
  /** The model as the price list names it, e.g. `gpt-4.1`. Default: the model that answered, else the deployment's own name. */
  readonly model?: string | undefined;
  /** Provider in the price list. Default: that of `CostOptions`. */
  readonly provider?: string | undefined;
  /** Default `global`. */
  readonly region?: RegionTier | undefined;
  readonly price?: ContractPrice | undefined;
  /** Applied last: `0.85` is a discount of 15 %. Default 1. */
  readonly multiplier?: Decimal | undefined;
}

/** How tokens become money (`costs` in options and in the fleet file). */
export interface CostOptions {
  /** Only `USD`, the currency of the price lists: sums of two currencies would mean nothing. Convert contract prices before you write them here. */
  readonly currency?: "USD" | undefined;
  /** Provider in the price list. Default `azure`. */
  readonly provider?: string | undefined;
  /** By deployment name. */
  readonly deployments?: Readonly<Record<string, DeploymentCost>> | undefined;
  /** Factor on the list price by region tier. Default 1, 1.1 and 1.1. */
  readonly regions?: Partial<Readonly<Record<RegionTier, Decimal>>> | undefined;
  /** Factor on every price. Default 1. */
  readonly multiplier?: Decimal | undefined;
}

/** A contract price behind the edge. */
export interface ExactRates {
  readonly input: ExactDecimal;
  readonly cachedInput: ExactDecimal;
  readonly output: ExactDecimal;
  readonly reasoning: ExactDecimal;
}

/** `DeploymentCost` behind the edge. */
export interface ResolvedDeployment {
  readonly model: string | undefined;
  readonly provider: string;
  readonly price: ExactRates | undefined;
  /** Factors on the list price, region tier included. */
  readonly factors: readonly ExactDecimal[];
}

/** `CostOptions` behind the edge. */
export interface ResolvedCosts {
  /** For deployments that are not in the map. */
  readonly fallback: ResolvedDeployment;
  readonly deployments: ReadonlyMap<string, ResolvedDeployment>;
}

const TIERS: Readonly<Record<RegionTier, Decimal>> = { global: 1, "data-zone": "1.1", regional: "1.1" };
// The last three belong to the meter that is made of these options.
const MEMBERS = new Set([
  "currency",
  "provider",
  "deployments",
  "regions",
  "multiplier",
  "onUnknownPrice",
  "flushMs",
  "keepRuns",
]);
const PRICE_MEMBERS = new Set(["input", "cachedInput", "output", "reasoning"] satisfies (keyof ContractPrice)[]);
const DEPLOYMENT_MEMBERS = new Set(["model", "provider", "region", "price", "multiplier"]);

/** Rejects anything wrong with `invalid_option` before any I/O. Whether the price list knows a model shows at its first use. */
export function resolveCosts(options: CostOptions = {}): ResolvedCosts {
  assertObject("costs", options);
  refuseUnknown("costs", options, MEMBERS);
  const currency: unknown = options.currency ?? "USD";
  if (currency !== "USD") {
    throw new TenureError("invalid_option", `Expected \`costs.currency\` to be USD, got ${shown(currency)}.`, {
      hint: "Convert contract prices to USD: all sums of a registry are in it.",
    });
  }
  const deployments = new Map<string, ResolvedDeployment>();
  const { deployments: entries = {}, regions = {} } = options;
  assertObject("costs.deployments", entries);
  assertObject("costs.regions", regions);
  refuseUnknown("costs.regions", regions, new Set(Object.keys(TIERS)));
  for (const [name, entry] of Object.entries(entries)) {
    deployments.set(name, resolveDeployment(`costs.deployments.${name}`, entry, options));
  }
  return { fallback: resolveDeployment("costs", {}, options), deployments };
}

function resolveDeployment(path: string, entry: DeploymentCost, options: CostOptions): ResolvedDeployment {
  assertObject(path, entry);
  refuseUnknown(path, entry, DEPLOYMENT_MEMBERS);
  const region = wordOption(`${path}.region`, entry.region, ["global", "data-zone", "regional"]) ?? "global";
  const tier = parseDecimal(`costs.regions.${region}`, options.regions?.[region] ?? TIERS[region]);
  const own = parseDecimal(`${path}.multiplier`, entry.multiplier ?? 1);
  const all = parseDecimal("costs.multiplier", options.multiplier ?? 1);
  return {
    model: textOption(`${path}.model`, entry.model),
    provider: textOption(`${path}.provider`, entry.provider ?? options.provider) ?? "azure",
    price: entry.price === undefined ? undefined : resolvePrice(`${path}.price`, entry.price),
    factors: entry.price === undefined ? [tier, own, all] : [own, all],
  };
}

function resolvePrice(path: string, price: ContractPrice): ExactRates {
  assertObject(path, price);
  refuseUnknown(path, price, PRICE_MEMBERS);
  const input = parseDecimal(`${path}.input`, price.input);
  const output = parseDecimal(`${path}.output`, price.output);
  return {
    input,
    output,
    cachedInput: price.cachedInput === undefined ? input : parseDecimal(`${path}.cachedInput`, price.cachedInput),
    reasoning: price.reasoning === undefined ? output : parseDecimal(`${path}.reasoning`, price.reasoning),
  };
}
