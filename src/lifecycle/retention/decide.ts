import type { JsonObject } from "../../config/index.ts";
import { protectionOf, shownProtection } from "../../manager/index.ts";
import type { Hold } from "../revisions/holds.ts";
import { type AgentFacts, lastUseOf, mayGo, type RevisionFacts } from "./facts.ts";
import { beyondLimit } from "./forecast.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";
import { retirementOf } from "./retirement.ts";

/** Which rule wants something to go. */
export type RetentionRule = "revisions" | "idleAgents" | "ephemeral" | "orphans" | "intents" | "sessions" | "limits";

/** What is to become of one revision, and why. */
export interface RevisionDecision {
  /** `mark`: it may go after the grace period. `unmark`: it stays after all. `wait`: marked, not due. `delete`: marked, due and unused since. */
  readonly kind: "mark" | "unmark" | "wait" | "delete";
  readonly revision: RevisionFacts;
  /** Absent for `unmark`. */
  readonly rule: RetentionRule | undefined;
  readonly reason: string;
  readonly evidence: JsonObject;
}

/** What is to become of one agent. */
export interface AgentDecision {
  /** The rule by which the agent goes as a whole, if one wants it. */
  readonly whole: RetentionRule | undefined;
  readonly revisions: readonly RevisionDecision[];
  /** It was retired as a whole and nothing of it is left but the record. */
  readonly isEmptied: boolean;
}

interface Wanted {
  readonly rule: RetentionRule;
  readonly reason: string;
}

/**
 * Decides over an agent by facts and policies alone. While a change of it is begun and not ended nothing is: a deletion under way would take what loses its mark
 * now.
 */
export function decideAgent(facts: AgentFacts, policies: ResolvedPolicies): AgentDecision {
  const retirement = retirementOf(facts.agent);
  if (facts.hasIntents) return { whole: retirement, revisions: [], isEmptied: false };
  if (facts.revisions.length === 0)
    return {
      whole: retirement,
      revisions: [],
      isEmptied: retirement !== undefined && wholeHeldBy(facts) === undefined,
    };
  const whole = wantWhole(facts, policies);
  const doomed = whole === undefined ? wantRevisions(facts, policies) : undefined;
  const decisions: RevisionDecision[] = [];
  for (const revision of whole === undefined ? facts.revisions : currentLast(facts)) {
    const wanted = whole ?? doomed?.get(revision);
    const decision = decideRevision(revision, { wanted, facts, graceMs: policies.graceMs });
    if (decision !== undefined) decisions.push(decision);
  }
  return { whole: whole?.rule, revisions: whole === undefined ? decisions : allOrNone(decisions), isEmptied: false };
}

/** Its endpoint may be pinned to the current one, and the service then refuses to delete that before the agent. */
function currentLast({ agent, revisions }: AgentFacts): readonly RevisionFacts[] {
  const isCurrent = ({ fingerprint }: RevisionFacts): boolean => fingerprint === agent.current;
  return [...revisions.filter((revision) => !isCurrent(revision)), ...revisions.filter(isCurrent)];
}

/** An agent goes as a whole: while one of its revisions is not due, none is deleted. */
function allOrNone(decisions: readonly RevisionDecision[]): readonly RevisionDecision[] {
  if (decisions.every(({ kind }) => kind === "delete")) return decisions;
  return decisions.map((decision) => (decision.kind === "delete" ? { ...decision, kind: "wait" } : decision));
}

function decideRevision(
  revision: RevisionFacts,
  by: { readonly wanted: Wanted | undefined; readonly facts: AgentFacts; readonly graceMs: number },
): RevisionDecision | undefined {
  const { wanted, facts, graceMs } = by;
  const evidence = evidenceOf(revision, facts);
  const { markedAt, lastUsedAt } = revision;
  if (wanted === undefined) {
    if (revision.state === "active") return undefined;
    return { kind: "unmark", revision, rule: undefined, reason: "Nothing wants it to go any more.", evidence };
  }
  const { rule, reason } = wanted;
  if (revision.state === "active" || markedAt === undefined) return { kind: "mark", revision, rule, reason, evidence };
  if (lastUsedAt !== undefined && lastUsedAt > markedAt)
    return { kind: "unmark", revision, rule: undefined, reason: "It was used after it was marked.", evidence };
  return { kind: facts.now >= markedAt + graceMs ? "delete" : "wait", revision, rule, reason, evidence };
}

/** Why the agent is to go as a whole, if it is: nothing but being current may hold any of its revisions, and Tenure made all of them. */
function wantWhole(facts: AgentFacts, policies: ResolvedPolicies): Wanted | undefined {
  const { agent, revisions, now } = facts;
  if (wholeHeldBy(facts) !== undefined) return undefined;
  if (agent.ephemeralOwner !== undefined) {
    if (!policies.ephemeral || !facts.isOwnerGone) return undefined;
    return { rule: "ephemeral", reason: `Its only process, ${agent.ephemeralOwner.id}, is gone.` };
  }
  if (revisions.some(({ sessions }) => sessions > 0)) return undefined;
  if (retirementOf(agent) === "orphans") {
    const isUnused = revisions.every(({ lastUsedAt }) => lastUsedAt === undefined);
    return policies.orphans && isUnused
      ? { rule: "orphans", reason: "It was found in the service without a record, and nobody has used it since." }
      : undefined;
  }
  if (agent.settings["retired"] !== undefined)
    return { rule: "idleAgents", reason: "The fleet file that made it does not name it any more." };
  if (policies.idleAgents === undefined) return undefined;
  const lastUse = Math.max(agent.createdAt, ...revisions.map(lastUseOf));
  const unusedMs = now - lastUse;
  if (unusedMs < policies.idleAgents.unusedForMs) return undefined;
  return { rule: "idleAgents", reason: `Nobody has used the agent for ${days(unusedMs)}.` };
}

/** What keeps the agent from going as a whole whatever wants it to, for a person. Sessions and use are judged by the rule. */
export function wholeHeldBy({ agent, revisions, hasIntents, now }: AgentFacts): string | undefined {
  if (hasIntents) return "a change of it was begun and not ended";
  // Its revisions are protected with it, but it may have none.
  const until = protectionOf(agent.settings, now);
  if (until !== undefined) return `it is protected until ${shownProtection(until)}`;
  for (const { stamped, remote, holds } of revisions) {
    if (!stamped) return `Tenure did not make its revision ${remote.id}`;
    const hold = holds.find(({ kind }) => kind !== "current");
    if (hold !== undefined) return shownHold(hold, remote.id);
  }
  return undefined;
}

function shownHold(hold: Hold, revisionId: string): string {
  switch (hold.kind) {
    case "aliased":
      return `its alias "${hold.alias}" stands for revision ${revisionId}`;
    case "protected":
      return `${hold.of === "agent" ? "it" : `its revision ${revisionId}`} is protected until ${hold.until}`;
    case "pinned":
    case "current":
      return `it is ${hold.kind}`;
  }
}

/** The revisions that are to go although their agent stays. */
function wantRevisions(facts: AgentFacts, policies: ResolvedPolicies): ReadonlyMap<RevisionFacts, Wanted> {
  const wanted = new Map<RevisionFacts, Wanted>();
  if (facts.agent.ephemeralOwner !== undefined) return wanted;
  for (const [rank, revision] of facts.revisions.entries()) {
    const reason = outdated(revision, { rank, now: facts.now, policy: policies.revisions });
    if (reason !== undefined) wanted.set(revision, { rule: "revisions", reason });
  }
  for (const revision of beyondLimit(facts, policies)) {
    if (!wanted.has(revision))
      wanted.set(revision, {
        rule: "limits",
        reason: "The agent comes near the most versions that the service keeps.",
      });
  }
  return wanted;
}

function outdated(
  revision: RevisionFacts,
  by: { readonly rank: number; readonly now: number; readonly policy: ResolvedPolicies["revisions"] },
): string | undefined {
  const { rank, now, policy } = by;
  if (policy === undefined || !mayGo(revision) || rank < policy.keep) return undefined;
  const unusedMs = now - lastUseOf(revision);
  if (unusedMs < policy.usedWithinMs) return undefined;
  return `It is not among the newest ${policy.keep} and nobody has used it for ${days(unusedMs)}.`;
}

function evidenceOf(revision: RevisionFacts, facts: AgentFacts): JsonObject {
  return {
    createdAt: new Date(revision.createdAt).toISOString(),
    lastUsed: revision.lastUsedAt === undefined ? null : new Date(revision.lastUsedAt).toISOString(),
    markedAt: revision.markedAt === undefined ? null : new Date(revision.markedAt).toISOString(),
    rank: facts.revisions.indexOf(revision) + 1,
    of: facts.revisions.length,
    sessions: revision.sessions,
    holds: revision.holds.map((hold) => ({ ...hold })),
  };
}

function days(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} hours` : `${Math.floor(seconds / 86_400)} days`;
}
