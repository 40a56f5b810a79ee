import type { ManagerCore } from "../../manager/index.ts";
import type { RetentionAction } from "./action.ts";
import type { LimitForecast } from "./forecast.ts";
import type { RetentionPolicies } from "./policies.ts";
import { readRetentionPolicies, type ResolvedPolicies } from "./resolved-policies.ts";
import { look } from "./walk.ts";

/** How to plan. */
export interface PlanOptions {
  readonly policies?: RetentionPolicies | undefined;
  /** Most actions and forecasts that the answer names, 1 to 100,000; all are counted. Default 1,000. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a run of cleanup would do now. */
export interface RetentionPlan {
  /** At most `limit`, in the order in which they would be done. */
  readonly actions: readonly RetentionAction[];
  /** All of them. */
  readonly counts: Readonly<Record<RetentionAction["kind"], number>>;
  readonly forecasts: readonly LimitForecast[];
  /** Agents of the scope in the registry. */
  readonly agents: number;
  /** Why `cleanup({ apply: true })` would not begin; absent if it would. */
  readonly wouldStop: string | undefined;
}

/** What one look at everything found, in counts. */
export interface Survey {
  readonly plan: Omit<RetentionPlan, "wouldStop">;
  /** Agents that would go as a whole, orphans included. Those of processes that are gone do not count. */
  readonly wholeAgents: number;
  readonly orphans: number;
  /** Agents of the registry of which the service should list one version with our stamp. */
  readonly expected: number;
  readonly listed: number;
  readonly listedOurs: number;
}

/** Only reads. The options were checked before anything was opened: see `checkCleanup`. */
export async function planRetention(core: ManagerCore, options: PlanOptions = {}): Promise<RetentionPlan> {
  const policies = readRetentionPolicies(options.policies);
  const survey = await surveyScope(core, { ...options, policies });
  return { ...survey.plan, wouldStop: stopReason(survey, policies) };
}

const LIMIT = 1_000;

/** Looks at everything once and keeps counts, and the first actions. Whoever looks tells of the limits that are near: nobody else may. */
export async function surveyScope(
  core: ManagerCore,
  options: {
    readonly policies: ResolvedPolicies;
    readonly limit?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Survey> {
  const { policies, signal, limit = LIMIT } = options;
  const actions: RetentionAction[] = [];
  const forecasts: LimitForecast[] = [];
  const counts = { mark: 0, unmark: 0, wait: 0, delete: 0, forget: 0, record: 0, "end-intents": 0, expire: 0 };
  const seen = { agents: 0, wholeAgents: 0, orphans: 0, expected: 0, listed: 0, listedOurs: 0 };
  const onListed = (isOurs: boolean): void => {
    seen.listed += 1;
    if (isOurs) seen.listedOurs += 1;
  };
  for await (const sight of look(core, { policies, signal, onListed })) {
    for (const action of sight.actions) {
      counts[action.kind] += 1;
      if (actions.length < limit) actions.push(action);
    }
    if (sight.kind === "orphan") seen.orphans += 1;
    if (sight.kind !== "agent") continue;
    seen.agents += 1;
    if (sight.facts.revisions.some(({ stamped }) => stamped)) seen.expected += 1;
    if (sight.decision.whole !== undefined && sight.decision.whole !== "ephemeral") seen.wholeAgents += 1;
    forecasts.push(...sight.forecasts.slice(0, limit - forecasts.length));
  }
  for (const { agentName, limit: of, used, most, level } of forecasts)
    core.emit({ type: "limit.near", agentName, limit: of, used, most, level });
  const { agents, ...rest } = seen;
  return { plan: { actions, counts, forecasts, agents }, ...rest };
}

/** From how many agents on a share of them means something. */
const FEW = 5;
/** A list that shows fewer than this part of what is recorded has shrunk suspiciously. */
const LEAST_LISTED = 0.5;

/** Why nothing may be done on what was seen; `undefined` if it may. */
export function stopReason(survey: Survey, { stopAbove }: ResolvedPolicies): string | undefined {
  const { listedOurs, expected, plan } = survey;
  if (expected >= FEW && listedOurs < expected * LEAST_LISTED)
    return `The registry knows ${expected} agents that Tenure made, the service lists ${listedOurs} of this scope: its list is not to be trusted now.`;
  const going = survey.wholeAgents + survey.orphans;
  const all = plan.agents + survey.orphans;
  if (going < FEW || going * 100 <= all * stopAbove) return undefined;
  const lost =
    survey.orphans > plan.agents
      ? " Most of them have no record: has the registry been lost? `tenure doctor` records them again."
      : "";
  return `${going} of ${all} agents would go, more than \`stopAbove\` (${stopAbove} %) allows.${lost}`;
}
