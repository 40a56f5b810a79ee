import { ServiceError } from "../errors.ts";
import type { Route, RouteContext } from "../http/route.ts";
import type { JsonObject } from "../json.ts";

/** The one deployment that the emulator has. Agents may name any other model all the same. */
function presentDeployment(context: RouteContext): JsonObject {
  return {
    type: "ModelDeployment",
    name: context.options.model,
    modelName: context.options.model,
    modelVersion: "2025-04-14",
    modelPublisher: "OpenAI",
    capabilities: { chat_completion: "true" },
    sku: { name: "GlobalStandard", capacity: 1000, family: "", size: "", tier: "" },
  };
}

/** Filters of the list, by the member that each compares. */
const filters: Readonly<Record<string, string>> = {
  modelPublisher: "modelPublisher",
  modelName: "modelName",
  deploymentType: "type",
};

function listDeployments(context: RouteContext): Response {
  const deployment = presentDeployment(context);
  const isWanted = Object.entries(filters).every(([query, member]) => {
    const wanted = context.url.searchParams.get(query);
    return wanted === null || wanted === deployment[member];
  });
  return Response.json({ value: isWanted ? [deployment] : [] });
}

function getDeployment(context: RouteContext): Response {
  const { name = "" } = context.params;
  if (name === context.options.model) return Response.json(presentDeployment(context));
  throw new ServiceError(404, "not_found", `Deployment ${name} doesn't exist`);
}

function connectionNotFound(context: RouteContext): Response {
  throw new ServiceError(404, "not_found", `Connection ${context.params.name} doesn't exist`);
}

/** Model deployments (one) and connections (none). */
export const deploymentRoutes: readonly Route[] = [
  { method: "GET", path: "/deployments", handler: listDeployments },
  { method: "GET", path: "/deployments/:name", handler: getDeployment },
  { method: "GET", path: "/connections", handler: () => Response.json({ value: [] }) },
  { method: "GET", path: "/connections/:name", handler: connectionNotFound },
  { method: "POST", path: "/connections/:name/getConnectionWithCredentials", handler: connectionNotFound },
];
