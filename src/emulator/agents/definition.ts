import { invalidPayload, ServiceError } from "../errors.ts";
import { describeValue, isJsonObject, type JsonObject } from "../json.ts";

/** Documented limit, "Agent Service limits, quotas and regions". */
const maxTools = 128;

/** Kinds that the service opens only to a client that sends `Foundry-Features` with this key. */
const previewKinds: Readonly<Record<string, string>> = {
  workflow: "WorkflowAgents=V1Preview",
  external: "ExternalAgents=V1Preview",
};

function checkRange(definition: JsonObject, field: string, max: number): void {
  const value = definition[field];
  if (value === undefined || value === null) return;
  if (typeof value === "number" && value >= 0 && value <= max) return;
  throw invalidPayload(`definition.${field}`, `Expected a number from 0 to ${max}, got ${describeValue(value)}`);
}

/** Checks tools, which stand under `path`, and gives them back. Throws a `ServiceError` 400. */
export function checkTools(tools: JsonObject[string], path: string): JsonObject[string] {
  if (tools === undefined || tools === null) return tools;
  if (!Array.isArray(tools)) {
    throw invalidPayload(path, `Expected a list, got ${describeValue(tools)}`);
  }
  if (tools.length > maxTools) {
    throw new ServiceError(
      400,
      "tool_limit_exceeded",
      `An agent can have at most ${maxTools} tools, got ${tools.length}`,
      { param: path },
    );
  }
  for (const [index, tool] of tools.entries()) {
    const field = `${path}[${index}]`;
    if (!isJsonObject(tool) || typeof tool.type !== "string") {
      throw invalidPayload(field, "Expected a tool with a `type`");
    }
    if (tool.type === "function" && (typeof tool.name !== "string" || tool.name === "")) {
      throw invalidPayload(`${field}.name`, "A function tool needs a name");
    }
  }
  return tools;
}

function checkPrompt(definition: JsonObject): void {
  if (typeof definition.model !== "string" || definition.model === "") {
    throw invalidPayload("definition.model", "A prompt agent needs a model");
  }
  const { instructions } = definition;
  if (instructions !== undefined && instructions !== null && typeof instructions !== "string") {
    throw invalidPayload("definition.instructions", `Expected text, got ${describeValue(instructions)}`);
  }
  checkRange(definition, "temperature", 2);
  checkRange(definition, "top_p", 1);
}

/**
 * Checks an agent's definition as far as the service is known to. Unknown fields pass.
 * Throws a `ServiceError`: 400 `invalid_payload`, 400 `tool_limit_exceeded`, 403 `preview_feature_required`.
 */
export function checkDefinition(definition: unknown, features: string): JsonObject {
  if (!isJsonObject(definition)) {
    throw invalidPayload("definition", `Expected an object, got ${describeValue(definition)}`);
  }
  const { kind } = definition;
  if (kind !== "prompt" && kind !== "hosted" && kind !== "workflow" && kind !== "external") {
    throw invalidPayload(
      "definition.kind",
      `Expected prompt, hosted, workflow or external, got ${describeValue(kind)}`,
    );
  }
  const feature = previewKinds[kind];
  if (feature !== undefined && !features.includes(feature)) {
    throw new ServiceError(
      403,
      "preview_feature_required",
      `Agents of kind ${kind} need the header Foundry-Features: ${feature}`,
    );
  }
  if (kind === "prompt") checkPrompt(definition);
  checkTools(definition.tools, "definition.tools");
  return definition;
}
