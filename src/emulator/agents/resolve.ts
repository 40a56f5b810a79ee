import { agentNotFound, ServiceError, versionNotFound } from "../errors.ts";
import type { AgentRecord, AgentVersionRecord, EmulatorState } from "../state.ts";

/** The newest version that is no draft; without any, the newest draft. */
export function latestVersion(agent: AgentRecord): AgentVersionRecord {
  const latest = agent.versions.findLast((version) => !version.draft) ?? agent.versions.at(-1);
  if (latest === undefined) throw agentNotFound(agent.name);
  return latest;
}

/** Finds an agent. Throws a `ServiceError` 404 `not_found`. */
export function findAgent(state: EmulatorState, name: string): AgentRecord {
  const agent = state.agents.get(name);
  if (agent === undefined) throw agentNotFound(name);
  return agent;
}

/** Finds a version by its number, draft name or `@latest`. Throws a `ServiceError` 404 `not_found`. */
export function findVersion(agent: AgentRecord, version: string): AgentVersionRecord {
  if (version === "@latest" || version === "latest") return latestVersion(agent);
  const found = agent.versions.find((candidate) => candidate.version === version);
  if (found === undefined) throw versionNotFound(agent.name, version);
  return found;
}

/**
 * The version that answers a call: the one asked for, or the one that the agent's endpoint routes to (`@latest` until pinned).
 * Of several shares of the traffic the largest is taken, the first of equals, so that answers stay repeatable.
 * Throws a `ServiceError`: 404 `not_found`, 409 `agent_disabled`.
 */
export function resolveAgentVersion(state: EmulatorState, name: string, version?: string): AgentVersionRecord {
  const agent = findAgent(state, name);
  if (!agent.enabled) throw new ServiceError(409, "agent_disabled", `Agent ${name} is disabled`);
  if (version !== undefined) return findVersion(agent, version);
  const [first = { version: "@latest", percentage: 100 }, ...others] = agent.routing;
  const routed = others.reduce((best, rule) => (rule.percentage > best.percentage ? rule : best), first);
  return findVersion(agent, routed.version);
}
