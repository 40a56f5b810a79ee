import type { BudgetBreach, RunContext } from "../stages.ts";
import { picoToNumber } from "../../registry/contract/index.ts";
import type { ResolvedRule } from "./options.ts";
import { type WindowAt, windowAt } from "./window.ts";

/** A rule that holds for a run, with the account that it counts in. */
export interface AppliedRule {
  readonly rule: ResolvedRule;
  readonly account: string;
  readonly window: WindowAt;
}

/** Who spends: what decides which rules hold and which accounts they count in. */
export interface Spender {
  readonly key: Pick<RunContext["key"], "scope">;
  readonly agentName: string;
  readonly userId: string | undefined;
  readonly sessionId: string;
}

/** How full the account of a rule is. Amounts are tokens, or units of the currency. */
export type BudgetStanding = Omit<BudgetBreach, "requested">;

/** The rules that hold for a spender at a moment. */
export function applyRules(rules: readonly ResolvedRule[], spender: Spender, at: number): readonly AppliedRule[] {
  return rules.flatMap((rule) => {
    const subject = subjectOf(rule, spender);
    if (rule.of !== undefined && rule.of !== subject) return [];
    const window = windowAt(rule.window, at);
    return [{ rule, window, account: accountName(rule, { scope: spender.key.scope, subject, windowId: window.id }) }];
  });
}

/** Two rules of one scope, subject, window and unit share an account, so that nothing is counted twice. Parts are escaped: no two accounts meet. */
export function accountName(
  rule: Pick<ResolvedRule, "scope" | "unit">,
  at: { readonly scope: string; readonly subject: string; readonly windowId: string },
): string {
  return [at.scope, rule.scope, at.subject, at.windowId, rule.unit].map((part) => encodeURIComponent(part)).join("|");
}

/** What is told about a limit that a call would pass. */
export function describeBreach(
  applied: AppliedRule,
  amounts: { readonly used: bigint; readonly requested: bigint; readonly currency: string },
): BudgetBreach {
  return { ...describeStanding(applied, amounts), requested: plainAmount(applied.rule, amounts.requested) };
}

/** What is told about an account. */
export function describeStanding(
  { rule, window }: AppliedRule,
  amounts: { readonly used: bigint; readonly currency: string },
): BudgetStanding {
  return {
    budget: rule.name,
    scope: rule.scope,
    window: rule.window,
    unit: rule.unit === "tokens" ? "tokens" : amounts.currency,
    limit: plainAmount(rule, rule.limit),
    used: plainAmount(rule, amounts.used),
    resetAt: window.endsAt,
  };
}

function plainAmount(rule: ResolvedRule, amount: bigint): number {
  return rule.unit === "tokens" ? Number(amount) : picoToNumber(amount);
}

/** Runs that name no user share one account: else leaving the name out would be a way around the limit. */
function subjectOf(rule: ResolvedRule, spender: Spender): string {
  const subjects = { all: "", agent: spender.agentName, user: spender.userId ?? "", session: spender.sessionId };
  return subjects[rule.scope];
}
