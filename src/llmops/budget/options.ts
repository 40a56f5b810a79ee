import { TenureError } from "../../errors/index.ts";
import { type Decimal, parseDecimal, toPico } from "../money.ts";
import {
  assertObject,
  refuseUnknown,
  textOption,
  wholeNumber,
  wordOption,
  wrongOption,
} from "../../config/option-checks.ts";
import type { BudgetScope, BudgetWindow } from "../stages.ts";

/** What happens when a call would pass the limit. */
export type BreachAction =
  /** The call is not made; the response says `budgetExceeded`. */
  | "stop"
  /** The call is made and the passing noted. */
  | "warn"
  /** The run goes on with this deployment instead. What it then uses is counted here too, without limit. */
  | { readonly degradeTo: string };

/** One limit. */
export interface BudgetRule {
  /** Shown in responses and metrics; unique. Default: made of scope, window and unit, e.g. `agent-day-tokens`. */
  readonly name?: string | undefined;
  /** `all`: the manager's scope as a whole. `agent`, `user`, `session`: one account for each. Default `all`. */
  readonly scope?: BudgetScope | undefined;
  /** Only this agent, user or session. Default: each of them. */
  readonly of?: string | undefined;
  /** In UTC. `request`: one model call, without the tokens that the conversation carries. `total`: never starts anew. */
  readonly window: BudgetWindow;
  /** Whole, 0 to 9,007,199,254,740,991. Give this or `amount`. */
  readonly tokens?: number | undefined;
  /** In USD, 0 to 9,000,000. */
  readonly amount?: Decimal | undefined;
  /** Default `stop`. */
  readonly onBreach?: BreachAction | undefined;
}

/** Budgets and how they reserve. */
export interface BudgetOptions {
  /** At most 50. */
  readonly rules: readonly BudgetRule[];
  /** Most output tokens of a call whose caller names none; part of each reservation. Default: half of the smallest limit in tokens, at most 2000 without a request limit, at least 16. */
  readonly maxOutputTokens?: number | undefined;
  /** How long a reservation outlives the time-out of its call before it is given back, in milliseconds. 0 to 3,600,000, default 30,000. */
  readonly marginMs?: number | undefined;
  /** What to do under a limit in currency when the price of a deployment is not known. `stop` rejects the run with `invalid_option`. Default `stop`. */
  readonly unknownPrice?: "stop" | "ignore" | undefined;
}

/** `BudgetRule` behind the edge. */
export interface ResolvedRule {
  readonly name: string;
  readonly scope: BudgetScope;
  readonly of: string | undefined;
  readonly window: BudgetWindow;
  readonly unit: "tokens" | "currency";
  /** Tokens or pico. */
  readonly limit: bigint;
  readonly action: "stop" | "warn" | "degrade";
  readonly degradeTo: string | undefined;
}

/** `BudgetOptions` behind the edge. */
export interface ResolvedBudgets {
  readonly rules: readonly ResolvedRule[];
  readonly maxOutputTokens: number;
  readonly marginMs: number;
  readonly unknownPrice: "stop" | "ignore";
}

/** The limits that hold without any configuration. */
export const DEFAULT_DAILY_TOKENS = 1_000_000;
export const DEFAULT_REQUEST_TOKENS = 4000;

const DEFAULT_OUTPUT_TOKENS = 2000;
// The least that the responses API takes as `max_output_tokens`.
const LEAST_OUTPUT_TOKENS = 16;
const MOST_OUTPUT_TOKENS = 1_000_000;
const DEFAULT_MARGIN_MS = 30_000;
const MAX_RULES = 50;
const MAX_AMOUNT = toPico({ digits: 9_000_000n, scale: 0 });
const SCOPES: readonly BudgetScope[] = ["all", "agent", "user", "session"];
const WINDOWS: readonly BudgetWindow[] = ["request", "day", "month", "total"];
const OPTIONS = new Set(["rules", "maxOutputTokens", "marginMs", "unknownPrice"] satisfies (keyof BudgetOptions)[]);
const MEMBERS = new Set([
  "name",
  "scope",
  "of",
  "window",
  "tokens",
  "amount",
  "onBreach",
] satisfies (keyof BudgetRule)[]);

/** Rejects anything wrong with `invalid_option` before any I/O. */
export function resolveBudgets(options: BudgetOptions): ResolvedBudgets {
  assertObject("budgets", options);
  refuseUnknown("budgets", options, OPTIONS);
  if (!Array.isArray(options.rules) || options.rules.length > MAX_RULES) {
    throw wrongOption("budgets.rules", `a list of at most ${MAX_RULES} rules`, options.rules);
  }
  const rules = options.rules.map((rule: BudgetRule, index) => resolveRule(`budgets.rules[${index}]`, rule));
  const names = rules.map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) {
    throw new TenureError("invalid_option", `Two budgets are called ${double}.`, {
      hint: "Give each rule a `name` of its own.",
    });
  }
  const unknownPrice = wordOption("budgets.unknownPrice", options.unknownPrice, ["stop", "ignore"]) ?? "stop";
  return {
    rules,
    unknownPrice,
    marginMs: wholeNumber("budgets.marginMs", options.marginMs ?? DEFAULT_MARGIN_MS, { min: 0, max: 3_600_000 }),
    maxOutputTokens: wholeNumber("budgets.maxOutputTokens", options.maxOutputTokens ?? defaultOutput(rules), {
      min: 1,
      max: 1_000_000,
    }),
  };
}

/** A limit in tokens: whole, from 0 up. Rejects with `invalid_option`, naming `option`. */
export function tokenLimit(option: string, value: number): number {
  return wholeNumber(option, value, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function resolveRule(path: string, rule: BudgetRule): ResolvedRule {
  assertObject(path, rule);
  refuseUnknown(path, rule, MEMBERS);
  const scope = wordOption(`${path}.scope`, rule.scope, SCOPES) ?? "all";
  const window = wordOption(`${path}.window`, rule.window, WINDOWS);
  if (window === undefined) throw wrongOption(`${path}.window`, `one of ${WINDOWS.join(", ")}`, undefined);
  if (rule.of !== undefined && (scope === "all" || typeof rule.of !== "string" || rule.of === "")) {
    throw wrongOption(`${path}.of`, "the name of an agent, user or session, and `scope` to say which", rule.of);
  }
  const { unit, limit } = resolveLimit(path, rule);
  const own = [rule.of, scope, window, unit].filter((part) => part !== undefined).join("-");
  const name = textOption(`${path}.name`, rule.name) ?? own;
  return { name, scope, of: rule.of, window, unit, limit, ...resolveAction(path, rule) };
}

function resolveLimit(path: string, rule: BudgetRule): Pick<ResolvedRule, "unit" | "limit"> {
  if ((rule.tokens === undefined) === (rule.amount === undefined)) {
    throw new TenureError(
      "invalid_option",
      `Expected \`${path}\` to have a limit: either \`tokens\` or \`amount\`, got ${rule.tokens === undefined ? "none" : "both"}.`,
    );
  }
  if (rule.tokens !== undefined) return { unit: "tokens", limit: BigInt(tokenLimit(`${path}.tokens`, rule.tokens)) };
  const limit = toPico(parseDecimal(`${path}.amount`, rule.amount));
  if (limit > MAX_AMOUNT) throw wrongOption(`${path}.amount`, "at most 9,000,000", rule.amount);
  return { unit: "currency", limit };
}

function resolveAction(path: string, rule: BudgetRule): Pick<ResolvedRule, "action" | "degradeTo"> {
  const action: unknown = rule.onBreach ?? "stop";
  if (action === "stop" || action === "warn") return { action, degradeTo: undefined };
  if (typeof action === "object" && action !== null && "degradeTo" in action) {
    const { degradeTo } = action;
    if (typeof degradeTo === "string" && degradeTo.trim() !== "") return { action: "degrade", degradeTo };
  }
  throw wrongOption(`${path}.onBreach`, '"stop", "warn" or { degradeTo: "DEPLOYMENT" }', action);
}

/** At most half of every limit in tokens: else a small budget would refuse its first question. */
function defaultOutput(rules: readonly ResolvedRule[]): number {
  const limits = rules.filter(({ unit }) => unit === "tokens");
  const halves = limits.map(({ limit }) => Math.floor(Number(limit) / 2));
  const isBoundByRequest = limits.some(({ window }) => window === "request");
  const most = Math.min(
    ...halves,
    isBoundByRequest ? Number.POSITIVE_INFINITY : DEFAULT_OUTPUT_TOKENS,
    MOST_OUTPUT_TOKENS,
  );
  return Math.max(LEAST_OUTPUT_TOKENS, most);
}
