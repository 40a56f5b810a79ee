import { finishIntents, type ManagerCore } from "../../manager/index.ts";
import { keyOf, type LeasedWork } from "../under-lease.ts";
import type { RetentionAction } from "./action.ts";
import { type AgentDecision, decideAgent, type RevisionDecision } from "./decide.ts";
import { deleteRevision } from "./delete-revision.ts";
import { expireSession } from "./expire-session.ts";
import { type AgentFacts, readFacts } from "./facts.ts";
import { forgetAgent } from "./forget-agent.ts";
import { markRevision, noteRetirement, unmarkRevision } from "./mark.ts";
import { recordOrphan } from "./record-orphan.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";
import { retirementOf } from "./retirement.ts";
import type { Tally } from "./tally.ts";
import { tryUnderLease } from "./try-lease.ts";
import { actionsOf, type Sight } from "./walk.ts";

/** One run. */
export interface Run {
  readonly core: ManagerCore;
  readonly policies: ResolvedPolicies;
  readonly tally: Tally;
  readonly signal: AbortSignal | undefined;
}

/** Does what is to be done about one thing that was seen, after a second look under its lease. */
export async function perform(run: Run, sight: Sight): Promise<void> {
  const isSettled = sight.actions.every(({ kind }) => kind === "wait");
  if (isSettled && !(sight.kind === "agent" && isReprieved(sight))) return;
  switch (sight.kind) {
    case "session":
      return performSession(run, sight);
    case "orphan":
      return performOrphan(run, sight);
    case "agent":
      return performAgent(run, sight.facts.agent.key.name);
  }
}

/** It was marked as a whole and is not to go any more: a setting still says so. */
function isReprieved({ facts, decision }: Sight & { readonly kind: "agent" }): boolean {
  return retirementOf(facts.agent) !== undefined && decision.whole === undefined;
}

async function performSession(run: Run, { session, actions }: Sight & { readonly kind: "session" }): Promise<void> {
  const { core, policies, tally, signal } = run;
  const [action] = actions;
  if (policies.sessions === undefined || action === undefined || !tally.allowsDeletion()) return;
  const usedBefore = (await core.options.registry.now()) - policies.sessions.unusedForMs;
  if (await expireSession(core, session, { usedBefore, signal })) tally.done(action);
}

async function performOrphan(
  run: Run,
  { agentName, serviceName, actions }: Sight & { readonly kind: "orphan" },
): Promise<void> {
  const { core, tally, signal } = run;
  const [action] = actions;
  const recorded = await recordOrphan(core, { key: keyOf(core, agentName), serviceName, signal });
  if (recorded === undefined) tally.busy += 1;
  if (recorded === undefined || recorded === 0 || action === undefined) return;
  tally.done(action);
  await performAgent(run, agentName);
}

/** Looks at one agent under its lease and does what is due; `busy` if somebody else has the lease. */
export async function performAgent(run: Run, agentName: string): Promise<void> {
  const { core, policies, tally, signal } = run;
  const key = keyOf(core, agentName);
  const wasFree = await tryUnderLease(core, { key, signal }, async (work) => {
    const facts = await readFacts(core, key, policies);
    if (facts === undefined) return true;
    if (facts.hasIntents && policies.intents) await endIntents(run, work, facts);
    else await carryOut(run, work, facts);
    return true;
  });
  if (wasFree === undefined) tally.busy += 1;
}

/** What was left unfinished is ended first; the rest is decided by the next run, on what is then true. */
async function endIntents({ policies, tally }: Run, work: LeasedWork, facts: AgentFacts): Promise<void> {
  await finishIntents(work.core, { key: work.key, held: work.held, signal: work.signal });
  const { items } = await work.core.options.registry.intents.list({ ...work.key, limit: 1 });
  if (items.length > 0) return;
  const [action] = actionsOf(facts, decideAgent(facts, policies), policies);
  if (action !== undefined) tally.done(action);
}

async function carryOut(run: Run, work: LeasedWork, facts: AgentFacts): Promise<void> {
  const { policies, tally } = run;
  const decision = decideAgent(facts, policies);
  await noteWhole(work, facts, decision);
  for (const each of decision.revisions) if (each.kind !== "wait") await carryOutOne(run, work, each);
  const isEmpty = decision.isEmptied || (decision.whole !== undefined && (await isEmptied(run, work)));
  if (!isEmpty || !(await forgetAgent(work, facts.agent))) return;
  const evidence = { serviceName: facts.agent.serviceName };
  const reason = "Nothing is left of it but the record.";
  tally.done({ kind: "forget", agentName: work.key.name, rule: decision.whole, reason, evidence });
}

/** The setting follows what is decided, so that an agent that was used again loses its mark as a whole, too. */
async function noteWhole(work: LeasedWork, facts: AgentFacts, decision: AgentDecision): Promise<void> {
  if (decision.isEmptied) return;
  const { whole } = decision;
  const isWhole = whole === "idleAgents" || whole === "ephemeral" || whole === "orphans";
  if (!isWhole && facts.revisions.length === 0) return;
  await noteRetirement(work, facts.agent, isWhole ? whole : undefined);
}

async function isEmptied({ policies }: Run, work: LeasedWork): Promise<boolean> {
  const facts = await readFacts(work.core, work.key, policies);
  return facts !== undefined && decideAgent(facts, policies).isEmptied && retirementOf(facts.agent) !== undefined;
}

async function carryOutOne(run: Run, work: LeasedWork, decision: RevisionDecision): Promise<void> {
  const { policies, tally } = run;
  const { kind, revision, rule, reason, evidence } = decision;
  if (kind === "delete" && !tally.allowsDeletion()) return;
  if (kind === "mark") await markRevision(work, decision);
  if (kind === "unmark") await unmarkRevision(work, decision);
  if (kind === "delete" && (await deleteRevision(work, decision, policies)) !== "deleted") return;
  const { fingerprint, remote } = revision;
  const action: RetentionAction = { kind, agentName: work.key.name, rule, reason, fingerprint, remote, evidence };
  tally.done(action);
}
