import { throwIfAborted } from "../../errors/index.ts";
import { eachItem, type ManagerCore } from "../../manager/index.ts";
import type { SessionRecord } from "../../registry/contract/index.ts";
import type { RetentionAction } from "./action.ts";
import { type AgentDecision, decideAgent } from "./decide.ts";
import { type AgentFacts, readFacts } from "./facts.ts";
import { forecastLimits, type LimitForecast } from "./forecast.ts";
import { orphanName } from "./record-orphan.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";

/** How to look. */
export interface Looking {
  readonly policies: ResolvedPolicies;
  readonly signal: AbortSignal | undefined;
  /** Hears of every agent that the service lists, of orphans too. */
  readonly onListed?: ((isOurs: boolean) => void) | undefined;
}

/** One thing that was looked at, with everything that is to be done about it. One at a time is in memory. */
export type Sight =
  | { readonly kind: "session"; readonly session: SessionRecord; readonly actions: readonly RetentionAction[] }
  | {
      readonly kind: "agent";
      readonly facts: AgentFacts;
      readonly decision: AgentDecision;
      readonly forecasts: readonly LimitForecast[];
      readonly actions: readonly RetentionAction[];
    }
  | {
      readonly kind: "orphan";
      readonly agentName: string;
      readonly serviceName: string;
      readonly actions: readonly RetentionAction[];
    };

/**
 * Looks at the sessions, the agents and what the service lists, page by page. Only reads. Sessions come first: one that expires holds no revision any more.
 */
export async function* look(core: ManagerCore, looking: Looking): AsyncGenerator<Sight, void, undefined> {
  yield* lookAtSessions(core, looking);
  yield* lookAtAgents(core, looking);
  yield* lookAtService(core, looking);
}

async function* lookAtSessions(core: ManagerCore, { policies, signal }: Looking): AsyncGenerator<Sight> {
  if (policies.sessions === undefined) return;
  const { registry, service, scope } = core.options;
  const usedBefore = (await registry.now()) - policies.sessions.unusedForMs;
  const place = { location: service.location, scope, usedBefore, limit: 200 };
  for await (const session of eachItem((cursor) => registry.sessions.list({ ...place, cursor }))) {
    throwIfAborted(signal);
    const { key, sessionId, lastUsedAt, conversationId } = session;
    const lastUsed = new Date(lastUsedAt).toISOString();
    const reason = `Nobody has gone on with the session since ${lastUsed}.`;
    const evidence = { lastUsed, conversationId: conversationId ?? null };
    yield {
      kind: "session",
      session,
      actions: [{ kind: "expire", agentName: key.name, rule: "sessions", reason, sessionId, evidence }],
    };
  }
}

async function* lookAtAgents(core: ManagerCore, { policies, signal }: Looking): AsyncGenerator<Sight> {
  const { registry, service, scope } = core.options;
  const place = { location: service.location, scope, limit: 200 };
  for await (const { key } of eachItem((cursor) => registry.agents.list({ ...place, cursor }))) {
    throwIfAborted(signal);
    const facts = await readFacts(core, key, policies);
    if (facts === undefined) continue;
    const decision = decideAgent(facts, policies);
    const forecasts = forecastLimits(facts, policies);
    yield { kind: "agent", facts, decision, forecasts, actions: actionsOf(facts, decision, policies) };
  }
}

/** Everything that is to be done about an agent, in order. */
export function actionsOf(
  facts: AgentFacts,
  decision: AgentDecision,
  policies: ResolvedPolicies,
): readonly RetentionAction[] {
  const agentName = facts.agent.key.name;
  const actions: RetentionAction[] = [];
  if (facts.hasIntents && policies.intents)
    actions.push({
      kind: "end-intents",
      agentName,
      rule: "intents",
      reason: "A change was begun and not ended.",
      evidence: {},
    });
  for (const { kind, revision, rule, reason, evidence } of decision.revisions)
    actions.push({
      kind,
      agentName,
      rule,
      reason,
      fingerprint: revision.fingerprint,
      remote: revision.remote,
      evidence,
    });
  if (decision.isEmptied)
    actions.push({
      kind: "forget",
      agentName,
      rule: decision.whole,
      reason: "Nothing is left of it but the record.",
      evidence: {},
    });
  return actions;
}

async function* lookAtService(core: ManagerCore, { policies, signal, onListed }: Looking): AsyncGenerator<Sight> {
  if (!policies.orphans && onListed === undefined) return;
  const { registry, service, scope } = core.options;
  const now = await registry.now();
  for await (const agent of service.listAgents({ signal })) {
    throwIfAborted(signal);
    onListed?.(agent.latest.stamp?.scope === scope);
    const agentName = policies.orphans ? await orphanName(core, agent, now) : undefined;
    if (agentName === undefined) continue;
    const { serviceName, latest } = agent;
    const reason = "It carries our stamp, and the registry does not know it.";
    const evidence = { serviceName, createdAt: new Date(latest.createdAt).toISOString() };
    const { ref: remote } = latest;
    yield {
      kind: "orphan",
      agentName,
      serviceName,
      actions: [{ kind: "record", agentName, rule: "orphans", reason, remote, evidence }],
    };
  }
}
