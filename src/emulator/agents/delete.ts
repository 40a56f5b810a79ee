import { agentNotFound, ServiceError, versionNotFound } from "../errors.ts";
import type { Handler, RouteContext } from "../http/route.ts";
import type { JsonObject } from "../json.ts";
import type { AgentRecord, AgentVersionRecord } from "../state.ts";
import { latestVersion } from "./resolve.ts";
import { removeAgent } from "./write.ts";

/** Sessions exist only for hosted agents, and only they keep an agent from being deleted. */
function checkSessions(context: RouteContext, agent: AgentRecord, version?: string): void {
  if (context.url.searchParams.get("force") === "true") return;
  const active = agent.sessions.filter(
    (session) => session.status === "active" && (version === undefined || session.version === version),
  );
  if (active.length === 0) return;
  throw new ServiceError(
    409,
    "conflict",
    `Agent ${agent.name} has ${active.length} active session(s). Delete them or use force=true.`,
  );
}

export const deleteAgent: Handler = (context) => {
  const { name = "" } = context.params;
  const agent = context.state.agents.get(name);
  if (agent === undefined) {
    if (context.options.behaviour.deleteMissing === "not-found") throw agentNotFound(name);
    return Response.json({ object: "agent.deleted", name, deleted: false });
  }
  checkSessions(context, agent);
  removeAgent(context, agent);
  return Response.json({ object: "agent.deleted", name, deleted: true });
};

function checkVersionMayGo(context: RouteContext, agent: AgentRecord, version: AgentVersionRecord): void {
  const { deleteLastVersion, deleteRoutedVersion } = context.options.behaviour;
  if (deleteLastVersion === "refuse" && agent.versions.length === 1) {
    throw new ServiceError(400, "invalid_request", `Version ${version.version} is the only one of agent ${agent.name}`);
  }
  const isRouted = agent.routing.some((rule) => rule.version === version.version);
  if (deleteRoutedVersion === "refuse" && isRouted) {
    throw new ServiceError(
      400,
      "invalid_request",
      `The endpoint of agent ${agent.name} routes to version ${version.version}`,
    );
  }
  checkSessions(context, agent, version.version);
}

function removeVersion(context: RouteContext, agent: AgentRecord, version: AgentVersionRecord): void {
  if (agent.versions.length === 1) return removeAgent(context, agent);
  const isNewest = Number(version.version) === agent.nextVersion - 1;
  agent.versions = agent.versions.filter((other) => other !== version);
  if (isNewest && context.options.behaviour.reuseVersionNumbers) agent.nextVersion -= 1;
  context.state.counters.deleted.versions += 1;
}

export const deleteVersion: Handler = (context) => {
  const { name = "", version = "" } = context.params;
  const answer = (number: string, deleted: boolean): JsonObject => {
    return { object: "agent.version.deleted", name, version: number, deleted };
  };
  const agent = context.state.agents.get(name);
  const found =
    version === "@latest" && agent !== undefined
      ? latestVersion(agent)
      : agent?.versions.find((candidate) => candidate.version === version);
  if (agent === undefined || found === undefined) {
    if (context.options.behaviour.deleteMissing === "ok") return Response.json(answer(version, false));
    throw agent === undefined ? agentNotFound(name) : versionNotFound(name, version);
  }
  checkVersionMayGo(context, agent, found);
  removeVersion(context, agent, found);
  return Response.json(answer(found.version, true));
};
