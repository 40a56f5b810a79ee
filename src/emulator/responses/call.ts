import { checkTools } from "../agents/definition.ts";
import { resolveAgentVersion } from "../agents/resolve.ts";
import { readItems } from "../conversations/input-items.ts";
import { invalidPayload, ServiceError } from "../errors.ts";
import type { RouteContext } from "../http/route.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { ModelRequest } from "../model/model.ts";
import { jsonObjects, numberOf, textOf } from "../model/read-json.ts";
import { danglingReference } from "../model/reference.ts";
import type { AgentVersionRecord } from "../state.ts";
import type { CreateRequest } from "./create-request.ts";
import { checkToolOutputs, readHistory } from "./history.ts";

/** A request with its agent and its history: all that an answer depends on. */
export interface Call {
  readonly request: CreateRequest;
  readonly agent: AgentVersionRecord | undefined;
  readonly model: ModelRequest;
}

/** Finds the agent and what came before. Throws a `ServiceError`: 404 for what is absent, 409 for a disabled agent, 400 for bad input. */
export function prepareCall(context: RouteContext, request: CreateRequest): Call {
  const { body } = request;
  const agent =
    request.agent === undefined
      ? undefined
      : resolveAgentVersion(context.state, request.agent.name, request.agent.version);
  const definition = agent?.definition ?? {};
  const history = readHistory(context.state, request);
  const input = readItems(body["input"] ?? [], "input", context.ids);
  if (context.options.behaviour.matchToolOutputs) checkToolOutputs(history, input);
  const model = textOf(definition["model"]) ?? textOf(body["model"]) ?? context.options.model;
  return {
    request,
    agent,
    model: {
      model,
      speaker: agent === undefined ? model : `${agent.name}:${agent.version}`,
      instructions: readInstructions(definition, body),
      history,
      input,
      tools: jsonObjects(agent === undefined ? checkTools(body["tools"], "tools") : definition["tools"]),
      toolChoice: body["tool_choice"] ?? definition["tool_choice"] ?? "auto",
      format: readFormat(body) ?? readFormat(definition),
      maxOutputTokens: request.maxOutputTokens,
      temperature: request.temperature ?? numberOf(definition["temperature"]),
      topP: request.topP ?? numberOf(definition["top_p"]),
    },
  };
}

/** The agent's instructions with its structured inputs filled in, then those of the request. */
function readInstructions(definition: JsonObject, body: JsonObject): string {
  const own = fillInputs(
    textOf(definition["instructions"]) ?? "",
    definition["structured_inputs"],
    body["structured_inputs"],
  );
  const added = body["instructions"] ?? "";
  if (typeof added !== "string") throw invalidPayload("instructions", "Expected a string.");
  return [own, added].filter((text) => text !== "").join("\n");
}

function fillInputs(text: string, declared: JsonValue | undefined, given: JsonValue | undefined): string {
  if (!isJsonObject(declared)) return text;
  return text.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/gu, (placeholder, name: string) => {
    const declaration = declared[name];
    const fallback = isJsonObject(declaration) ? declaration["default_value"] : undefined;
    const value = (isJsonObject(given) ? given[name] : undefined) ?? fallback;
    if (value === undefined) return placeholder;
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function readFormat(source: JsonObject): JsonObject | undefined {
  const format = isJsonObject(source["text"]) ? source["text"]["format"] : undefined;
  if (!isJsonObject(format)) return undefined;
  if (format["type"] === "json_schema" && !isJsonObject(format["schema"])) {
    throw invalidPayload("text.format.schema", "Missing required parameter.");
  }
  if (isJsonObject(format["schema"])) checkReferences(format["schema"]);
  return format;
}

function checkReferences(schema: JsonObject): void {
  const dangling = danglingReference(schema, schema);
  if (dangling === undefined) return;
  const message = `Invalid schema for response_format: reference ${JSON.stringify(dangling)} leads to nothing in it.`;
  throw new ServiceError(400, "invalid_json_schema", message, { param: "text.format.schema" });
}
