import { agentNotFound } from "../errors.ts";
import { invalidParameter, presentPage, readPageQuery, type PageSource } from "../http/page.ts";
import type { Handler, RouteContext } from "../http/route.ts";
import type { AgentRecord, AgentVersionRecord } from "../state.ts";
import { presentAgent, presentVersion } from "./present.ts";
import { latestVersion } from "./resolve.ts";

const kinds = new Set(["prompt", "hosted", "workflow", "external", "voice"]);

/** The agents as far as lists know them: without what is younger than `behaviour.listLagMs`. */
function settledAgents(context: RouteContext): AgentRecord[] {
  const agents = [...context.listedAgents.values()];
  const { listLagMs } = context.options.behaviour;
  if (listLagMs === 0) return agents;
  const limitMs = context.clock.nowMs() - listLagMs;
  return agents.flatMap((agent) => {
    const versions = agent.versions.filter((version) => version.createdAtMs <= limitMs);
    return versions.length === 0 ? [] : [{ ...agent, versions }];
  });
}

export const listAgents: Handler = (context) => {
  const kind = context.url.searchParams.get("kind");
  if (kind !== null && !kinds.has(kind)) throw invalidParameter("kind", [...kinds].join(", "), kind);
  const { state } = context;
  const source: PageSource<AgentRecord> = {
    items: settledAgents(context).filter((agent) => kind === null || latestVersion(agent).definition.kind === kind),
    position: (agent) => agent.sequence,
    positionOf: (name) =>
      (state.agents.get(name) ?? context.listedAgents.get(name))?.sequence ?? state.goneAgents.get(name),
    idOf: (agent) => agent.name,
  };
  const query = readPageQuery(context.url.searchParams, context.options.behaviour.listOrder);
  return Response.json(presentPage(source, query, presentAgent));
};

/** Where `name:version` or `version` stands. A number tells its place even after its version was deleted. */
function versionPosition(agent: AgentRecord, cursor: string): number | undefined {
  const wanted = cursor.slice(cursor.lastIndexOf(":") + 1);
  const found = agent.versions.find((version) => version.version === wanted);
  if (found !== undefined) return found.sequence;
  const number = Number(wanted);
  if (!Number.isInteger(number) || number < 1 || number >= agent.nextVersion) return undefined;
  const before = agent.versions.findLast((version) => !version.draft && Number(version.version) < number);
  return (before?.sequence ?? agent.sequence) + 0.5;
}

export const listVersions: Handler = (context) => {
  const { name = "" } = context.params;
  const agent = settledAgents(context).find((candidate) => candidate.name === name);
  if (agent === undefined) throw agentNotFound(name);
  const withDrafts = context.url.searchParams.get("include_drafts") === "true";
  const source: PageSource<AgentVersionRecord> = {
    items: agent.versions.filter((version) => withDrafts || !version.draft),
    position: (version) => version.sequence,
    positionOf: (cursor) => versionPosition(agent, cursor),
    idOf: (version) => `${version.name}:${version.version}`,
  };
  const query = readPageQuery(context.url.searchParams, context.options.behaviour.listOrder);
  return Response.json(presentPage(source, query, presentVersion));
};
