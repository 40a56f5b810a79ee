import { invalidPayload, ServiceError } from "../errors.ts";
import { presentPage, readPageQuery, type PageSource } from "../http/page.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { AgentSessionRecord } from "../state.ts";
import { readObject } from "./request-body.ts";
import { findAgent, findVersion } from "./resolve.ts";

/** A session expires 30 days after its last activity. */
const sessionLifeS = 30 * 86_400;

function presentSession(session: AgentSessionRecord): JsonObject {
  const createdAt = Math.floor(session.createdAtMs / 1000);
  return {
    agent_session_id: session.id,
    version_indicator: { type: "version_ref", agent_version: session.version },
    status: session.status,
    created_at: createdAt,
    last_accessed_at: createdAt,
    expires_at: createdAt + sessionLifeS,
  };
}

function findSession(context: RouteContext): AgentSessionRecord {
  const { name = "", session = "" } = context.params;
  const found = findAgent(context.state, name).sessions.find((candidate) => candidate.id === session);
  if (found === undefined) throw new ServiceError(404, "not_found", `Session ${session} doesn't exist`);
  return found;
}

const createSession: Handler = async (context) => {
  const body = await readObject(context);
  const agent = findAgent(context.state, context.params.name ?? "");
  const { version_indicator: indicator, agent_session_id: wanted } = body;
  const version = isJsonObject(indicator) ? indicator.agent_version : "@latest";
  if (typeof version !== "string") {
    throw invalidPayload("version_indicator.agent_version", "Expected the version as text");
  }
  const id = typeof wanted === "string" ? wanted : context.ids.next("asess");
  if (agent.sessions.some((session) => session.id === id)) {
    throw new ServiceError(409, "conflict", `Session ${id} already exists`);
  }
  const session: AgentSessionRecord = {
    id,
    version: findVersion(agent, version).version,
    createdAtMs: context.clock.nowMs(),
    status: "active",
  };
  agent.sessions.push(session);
  return Response.json(presentSession(session), { status: 201 });
};

const listSessions: Handler = (context) => {
  const { sessions } = findAgent(context.state, context.params.name ?? "");
  const indexOf = (id: string): number | undefined => {
    const index = sessions.findIndex((session) => session.id === id);
    return index === -1 ? undefined : index;
  };
  const source: PageSource<AgentSessionRecord> = {
    items: sessions,
    position: (session) => indexOf(session.id) ?? 0,
    positionOf: indexOf,
    idOf: (session) => session.id,
  };
  const query = readPageQuery(context.url.searchParams, context.options.behaviour.listOrder);
  return Response.json(presentPage(source, query, presentSession));
};

const stopSession: Handler = (context) => {
  findSession(context).status = "idle";
  return new Response(null, { status: 204 });
};

const deleteSession: Handler = (context) => {
  const agent = findAgent(context.state, context.params.name ?? "");
  agent.sessions = agent.sessions.filter((session) => session.id !== context.params.session);
  return new Response(null, { status: 204 });
};

const sessions = "/agents/:name/endpoint/sessions";

/** Sessions of hosted agents: kept, not run. */
export const sessionRoutes: readonly Route[] = [
  { method: "POST", path: sessions, handler: createSession },
  { method: "GET", path: sessions, handler: listSessions },
  {
    method: "GET",
    path: `${sessions}/:session`,
    handler: (context) => Response.json(presentSession(findSession(context))),
  },
  { method: "POST", path: `${sessions}/:session:stop`, handler: stopSession },
  { method: "DELETE", path: `${sessions}/:session`, handler: deleteSession },
];
