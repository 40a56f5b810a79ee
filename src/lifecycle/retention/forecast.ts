import { type AgentFacts, lastUseOf, mayGo, type RevisionFacts } from "./facts.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";

/** Most tools of one agent (Foundry's quotas: "Maximum number of tools per agent"). */
const MOST_TOOLS = 128;

/** An agent that comes near a limit of the service. */
export interface LimitForecast {
  readonly agentName: string;
  readonly limit: "versions" | "tools";
  readonly used: number;
  readonly most: number;
  readonly percent: number;
  /** `act`: revisions that may go are marked, whatever `revisions` says. Of tools nothing can be taken but by a new configuration. */
  readonly level: "warn" | "act";
  /** The service's ids of the revisions that go when `actAt` is reached, the longest unused first. */
  readonly wouldGo: readonly string[];
}

/** Which limits of the service the agent comes near. */
export function forecastLimits(facts: AgentFacts, policies: ResolvedPolicies): readonly LimitForecast[] {
  const { limits } = policies;
  if (limits === undefined) return [];
  const current = facts.revisions.find(({ fingerprint }) => fingerprint === facts.agent.current);
  const measured = [
    { limit: "versions", used: facts.revisions.length, most: facts.mostVersions },
    { limit: "tools", used: current?.tools ?? 0, most: MOST_TOOLS },
  ] as const;
  return measured.flatMap(({ limit, used, most }) => {
    const percent = most === undefined ? 0 : (used / most) * 100;
    if (most === undefined || percent < limits.warnAt) return [];
    return {
      agentName: facts.agent.key.name,
      limit,
      used,
      most,
      percent: Math.round(percent * 10) / 10,
      level: percent >= limits.actAt ? "act" : "warn",
      wouldGo: limit === "tools" ? [] : surplus(facts, policies).map(({ remote }) => remote.id),
    };
  });
}

/**
 * The revisions that go because `actAt` is reached: those that are marked then go on going until `warnAt` is reached, though the first deletion leads below
 * `actAt` again.
 */
export function beyondLimit(facts: AgentFacts, policies: ResolvedPolicies): readonly RevisionFacts[] {
  const { limits } = policies;
  if (limits === undefined || facts.mostVersions === undefined) return [];
  if (facts.revisions.length >= lineAt(facts.mostVersions, limits.actAt)) return surplus(facts, policies);
  const marked = freeOnes(facts, policies).filter(({ state }) => state === "retiring");
  return marked.slice(0, Math.max(0, facts.revisions.length - lineAt(facts.mostVersions, limits.warnAt)));
}

/** So many of the free revisions that `warnAt` is reached again from `actAt`, or from what there is now if that is more. */
function surplus(facts: AgentFacts, policies: ResolvedPolicies): readonly RevisionFacts[] {
  const { limits } = policies;
  if (limits === undefined || facts.mostVersions === undefined) return [];
  const from = Math.max(facts.revisions.length, lineAt(facts.mostVersions, limits.actAt));
  return freeOnes(facts, policies).slice(0, Math.max(0, from - lineAt(facts.mostVersions, limits.warnAt)));
}

/** What nothing holds and nobody has used within the grace period, the longest unused first; of two used at the same time the older one. */
function freeOnes(facts: AgentFacts, { graceMs }: ResolvedPolicies): readonly RevisionFacts[] {
  const free = facts.revisions.filter((revision) => mayGo(revision) && facts.now - lastUseOf(revision) >= graceMs);
  return free.toReversed().toSorted((one, other) => lastUseOf(one) - lastUseOf(other));
}

function lineAt(most: number, percent: number): number {
  return Math.ceil((most * percent) / 100);
}
