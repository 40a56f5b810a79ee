import {
  eachItem,
  liveRevisions,
  type ManagerCore,
  pinnedOf,
  protectionOf,
  shownProtection,
} from "../../../manager/index.ts";
import type { AgentKey, AgentRecord } from "../../../registry/contract/index.ts";
import type { Fleet } from "../fleet.ts";
import type { PlanAction } from "./plan.ts";

/** What is found among the agents of the scope that the file does not name. */
export interface Retirements {
  readonly actions: readonly PlanAction[];
  /** Agents that are somebody else's affair. */
  readonly others: number;
}

/** Goes through the scope page by page; what this fleet made and no longer names is retired by policy. */
export async function findRetirements(core: ManagerCore, fleet: Fleet): Promise<Retirements> {
  const named = new Set(fleet.agents.map(({ name }) => name));
  const { registry, service, scope } = core.options;
  const actions: PlanAction[] = [];
  let others = 0;
  const agents = eachItem((cursor) => registry.agents.list({ location: service.location, scope, cursor, limit: 500 }));
  for await (const agent of agents) {
    if (named.has(agent.key.name)) continue;
    if (agent.settings["fleet"] !== fleet.name || agent.ephemeralOwner !== undefined) {
      others += 1;
      continue;
    }
    const action = await retire(core, fleet, agent);
    if (action !== undefined) actions.push(action);
  }
  return { actions, others };
}

async function retire(core: ManagerCore, fleet: Fleet, agent: AgentRecord): Promise<PlanAction | undefined> {
  const { retire: policy, retireUnusedForMs } = fleet.policies;
  const gone = "The file does not name it any more";
  if (policy === "mark" && (await isMarked(core, agent))) return undefined;
  const obstacle = policy === "delete" ? await obstacleTo(core, agent, retireUnusedForMs) : undefined;
  const doing = { keep: "it is kept (retire: keep)", mark: "it is marked for cleanup", delete: "it is deleted" }[
    policy
  ];
  return {
    agentName: agent.key.name,
    serviceName: agent.serviceName,
    kind: "retire",
    reason: obstacle === undefined ? `${gone}; ${doing}.` : `${gone}, but it stays: ${obstacle}.`,
    fingerprint: undefined,
    before: agent.current,
    difference: [],
    aliases: [],
    settings: {},
    drift: undefined,
    retire: obstacle === undefined ? policy : "keep",
    code: undefined,
    basis: JSON.stringify([agent.current ?? null]),
  };
}

/** Whether a mark is on it that no use has taken away. */
async function isMarked(core: ManagerCore, agent: AgentRecord): Promise<boolean> {
  if (agent.settings["retired"] === undefined) return false;
  for await (const revision of liveRevisions(core.options.registry, agent.key))
    if (revision.state === "active") return false;
  return true;
}

/** Why an agent must not be deleted now (P5): a pin, a protection, a live session, or use within the time. */
export async function obstacleTo(
  core: ManagerCore,
  agent: AgentRecord,
  unusedForMs: number,
): Promise<string | undefined> {
  await core.usage.flush();
  const { registry, runtime } = core.options;
  const now = runtime.now();
  if (pinnedOf(agent.settings) !== undefined) return "it is pinned";
  const until = protectionOf(agent.settings, now);
  if (until !== undefined) return `it is protected until ${shownProtection(until)}`;
  for await (const revision of liveRevisions(registry, agent.key)) {
    const held = protectionOf(revision.settings, now);
    if (held !== undefined) return `its revision ${revision.remote.id} is protected until ${shownProtection(held)}`;
  }
  const used = await lastUsedAt(core, agent.key);
  if (used !== undefined && now - used < unusedForMs) return `it was used at ${new Date(used).toISOString()}`;
  return undefined;
}

/** The latest use, run or session of any revision. */
async function lastUsedAt(core: ManagerCore, key: AgentKey): Promise<number | undefined> {
  const { registry } = core.options;
  const place = { location: key.location, scope: key.scope, name: key.name };
  let latest: number | undefined;
  const note = ({ lastUsedAt: at }: { readonly lastUsedAt: number }): void => {
    latest = Math.max(latest ?? at, at);
  };
  for await (const usage of eachItem((cursor) => registry.usage.list({ ...place, cursor, limit: 500 }))) note(usage);
  for await (const session of eachItem((cursor) => registry.sessions.list({ ...place, cursor, limit: 500 })))
    note(session);
  return latest;
}
