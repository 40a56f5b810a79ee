import { ServiceError } from "../errors.ts";
import type { Handler, Route } from "../http/route.ts";
import { deleteAgent, deleteVersion } from "./delete.ts";
import { patchAgent, setEnabled } from "./endpoint.ts";
import { listAgents, listVersions } from "./list.ts";
import { presentAgent, presentVersion } from "./present.ts";
import { checkAgentName, checkVersionDraft, readObject } from "./request-body.ts";
import { findAgent, findVersion } from "./resolve.ts";
import { sessionRoutes } from "./sessions.ts";
import { writeVersion } from "./write.ts";

/** "Creates a new agent or a new version of an existing agent" (TypeSpec of the service, createAgent). */
const createAgent: Handler = async (context) => {
  const body = await readObject(context);
  const name = checkAgentName(body.name);
  writeVersion(context, name, checkVersionDraft(body, context));
  const agent = findAgent(context.state, name);
  if (body.state === "disabled") agent.enabled = false;
  return Response.json(presentAgent(agent));
};

const updateAgent: Handler = async (context) => {
  const body = await readObject(context);
  const agent = findAgent(context.state, context.params.name ?? "");
  writeVersion(context, agent.name, checkVersionDraft(body, context));
  return Response.json(presentAgent(agent));
};

const createVersion: Handler = async (context) => {
  const type = context.request.headers.get("content-type") ?? "";
  if (type.startsWith("multipart/")) return notEmulated("Agents made from code")(context);
  const body = await readObject(context);
  const name = checkAgentName(context.params.name);
  return Response.json(presentVersion(writeVersion(context, name, checkVersionDraft(body, context))));
};

/** 501 is the one server error that the Azure clients do not repeat. */
function notEmulated(what: string): Handler {
  return () => {
    throw new ServiceError(501, "not_implemented", `${what} are not part of the Tenure emulator`);
  };
}

const importManifest = notEmulated("Agent manifests");

/** Everything below `/agents` but the endpoint's protocols. */
export const agentRoutes: readonly Route[] = [
  { method: "POST", path: "/agents", handler: createAgent },
  { method: "GET", path: "/agents", handler: listAgents },
  { method: "POST", path: "/agents:import", handler: importManifest },
  {
    method: "GET",
    path: "/agents/:name",
    handler: (context) => Response.json(presentAgent(findAgent(context.state, context.params.name ?? ""))),
  },
  { method: "POST", path: "/agents/:name", handler: updateAgent },
  { method: "PATCH", path: "/agents/:name", handler: patchAgent },
  { method: "DELETE", path: "/agents/:name", handler: deleteAgent },
  { method: "POST", path: "/agents/:name:enable", handler: setEnabled(true) },
  { method: "POST", path: "/agents/:name:disable", handler: setEnabled(false) },
  { method: "POST", path: "/agents/:name/import", handler: importManifest },
  { method: "GET", path: "/agents/:name/code:download", handler: notEmulated("Agents made from code") },
  { method: "POST", path: "/agents/:name/versions", handler: createVersion },
  { method: "POST", path: "/agents/:name/versions:import", handler: importManifest },
  { method: "GET", path: "/agents/:name/versions", handler: listVersions },
  {
    method: "GET",
    path: "/agents/:name/versions/:version",
    handler: (context) => {
      const agent = findAgent(context.state, context.params.name ?? "");
      return Response.json(presentVersion(findVersion(agent, context.params.version ?? "")));
    },
  },
  { method: "DELETE", path: "/agents/:name/versions/:version", handler: deleteVersion },
  ...sessionRoutes,
];
