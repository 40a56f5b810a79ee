import { eachItem, type ManagerCore } from "../../../manager/index.ts";
import type { AgentRecord } from "../../../registry/contract/index.ts";
import { decideAgent, wholeHeldBy } from "../../retention/decide.ts";
import { type AgentFacts, readFacts } from "../../retention/facts.ts";
import { assertGrace } from "../../retention/grace.ts";
import { readRetentionPolicies, type ResolvedPolicies } from "../../retention/resolved-policies.ts";
import type { Fleet } from "../fleet.ts";
import type { PlanAction } from "./plan.ts";

/** What is found among the agents of the scope that the file does not name. */
export interface Retirements {
  readonly actions: readonly PlanAction[];
  /** Agents that are somebody else's affair. */
  readonly others: number;
}

/**
 * Goes through the scope page by page; what this fleet made and no longer names is retired by policy. Rejects with `invalid_option` if agents shall be
 * deleted after a grace period that is not safe.
 */
export async function findRetirements(core: ManagerCore, fleet: Fleet): Promise<Retirements> {
  const policies = retirementPolicies(fleet);
  if (fleet.policies.retire === "delete") assertGrace(core, policies, "retention");
  await core.usage.flush();
  const named = new Set(fleet.agents.map(({ name }) => name));
  const { registry, service, scope } = core.options;
  const actions: PlanAction[] = [];
  const seen = { all: 0, others: 0, going: 0 };
  const agents = eachItem((cursor) => registry.agents.list({ location: service.location, scope, cursor, limit: 500 }));
  for await (const agent of agents) {
    seen.all += 1;
    if (named.has(agent.key.name)) continue;
    if (agent.settings["fleet"] !== fleet.name || agent.ephemeralOwner !== undefined) {
      seen.others += 1;
      continue;
    }
    const action = await retire(core, { fleet, policies }, agent);
    if (action?.retire !== "keep") seen.going += 1;
    if (action !== undefined) actions.push(action);
  }
  const stop = tooMany(seen, policies);
  return { actions: stop === undefined ? actions : actions.map((action) => block(action, stop)), others: seen.others };
}

/** The file's retention policies as far as they say how an agent goes; what cleanup does besides is not a fleet's affair. */
export function retirementPolicies({ retention }: Fleet): ResolvedPolicies {
  const off = { revisions: undefined, idleAgents: undefined, limits: undefined, events: undefined };
  return { ...readRetentionPolicies(retention, "retention"), ...off };
}

/** From how many agents on a share of them means something. */
const FEW = 5;

function tooMany(
  { all, going }: { readonly all: number; readonly going: number },
  { stopAbove }: ResolvedPolicies,
): string | undefined {
  if (going < FEW || going * 100 <= all * stopAbove) return undefined;
  return `${going} of the scope's ${all} agents would go, more than \`retention.stopAbove\` (${stopAbove} %) allows.`;
}

function block(action: PlanAction, stop: string): PlanAction {
  if (action.retire === "keep") return action;
  return { ...action, kind: "blocked", reason: `${GONE}, but ${stop}`, retire: undefined, code: "cleanup_stopped" };
}

const GONE = "The file does not name it any more";

interface Retiring {
  readonly fleet: Fleet;
  readonly policies: ResolvedPolicies;
}

async function retire(core: ManagerCore, retiring: Retiring, agent: AgentRecord): Promise<PlanAction | undefined> {
  const policy = retiring.fleet.policies.retire;
  if (policy === "keep") return toAction(agent, "keep", `${GONE}; it is kept (retire: keep).`);
  const facts = await readFacts(core, agent.key, retiring.policies);
  if (facts === undefined) return undefined;
  const obstacle = obstacleTo(facts, retiring.fleet);
  if (obstacle !== undefined) return toAction(agent, "keep", `${GONE}, but it stays: ${obstacle}.`);
  const kinds = new Set(decideAgent(asRetired(facts), retiring.policies).revisions.map(({ kind }) => kind));
  const isMarked = agent.settings["retired"] !== undefined && !kinds.has("mark");
  if (!isMarked) return toAction(agent, policy, `${GONE}; it is marked for cleanup (retire: ${policy}).`);
  if (policy === "mark" || kinds.has("wait")) return undefined;
  const reason = kinds.has("unmark")
    ? "it was used after it was marked, so the mark is taken away."
    : "it was marked long enough ago, nobody has used it since, and it is deleted (retire: delete).";
  return toAction(agent, policy, `${GONE}; ${reason}`);
}

function asRetired(facts: AgentFacts): AgentFacts {
  const { agent } = facts;
  return { ...facts, agent: { ...agent, settings: { ...agent.settings, retired: true } } };
}

/** Why an agent must not go now (P5). Whoever deletes looks again, under the lease. */
function obstacleTo(facts: AgentFacts, { policies }: Fleet): string | undefined {
  const held = wholeHeldBy(facts);
  if (held !== undefined) return held;
  if (facts.revisions.some(({ sessions }) => sessions > 0)) return "it has live sessions";
  const lastUsedAt = Math.max(...facts.revisions.map((revision) => revision.lastUsedAt ?? 0));
  const isRecent = policies.retire === "delete" && facts.now - lastUsedAt < policies.retireUnusedForMs;
  return isRecent ? `it was used at ${new Date(lastUsedAt).toISOString()}` : undefined;
}

function toAction(agent: AgentRecord, retire: "keep" | "mark" | "delete", reason: string): PlanAction {
  return {
    agentName: agent.key.name,
    serviceName: agent.serviceName,
    kind: "retire",
    reason,
    fingerprint: undefined,
    before: agent.current,
    difference: [],
    aliases: [],
    settings: {},
    drift: undefined,
    retire,
    code: undefined,
    basis: JSON.stringify([agent.current ?? null]),
  };
}
