import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { defined, isObject } from "./json-shape.ts";
import { toJsonSchema } from "./property-schema.ts";

type Note = (member: string) => void;
type Convert = (tool: JsonObject, note: Note) => JsonObject;

/** The kinds that a prompt agent's tools can have, each with the members that it takes. */
const KINDS: Readonly<Record<string, { readonly members: readonly string[]; readonly convert: Convert }>> = {
  function: { members: ["parameters", "strict"], convert: functionTool },
  web_search: { members: ["options"], convert: webSearch },
  file_search: {
    members: ["vectorStoreIds", "maximumResultCount", "ranker", "scoreThreshold", "filters"],
    convert: fileSearch,
  },
  code_interpreter: { members: ["fileIds"], convert: codeInterpreter },
  mcp: {
    members: [
      "serverName",
      "serverDescription",
      "url",
      "serverUrl",
      "allowedTools",
      "approvalMode",
      "requireApproval",
      "connection",
    ],
    convert: mcp,
  },
};

/** Of every tool. `bindings` name functions of the program that runs the agent, which brings its own. */
const COMMON = ["kind", "name", "description", "bindings"];

/** A prompt agent's tool as the service takes it; what it has no place for goes to `note`. `undefined` for kinds that cannot be carried over. */
export function toServiceTool(tool: JsonObject, note: Note): JsonObject | undefined {
  const { kind } = tool;
  const known = typeof kind === "string" && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (known === undefined) return undefined;
  for (const member of Object.keys(tool)) if (![...COMMON, ...known.members].includes(member)) note(member);
  return defined(known.convert(tool, note));
}

function functionTool({ name, description, parameters, strict }: JsonObject): JsonObject {
  return { type: "function", name, description, parameters: toJsonSchema(parameters), strict: strict === true };
}

function webSearch({ options }: JsonObject): JsonObject {
  return { type: "web_search", ...(isObject(options) ? options : {}) };
}

function fileSearch({ vectorStoreIds, maximumResultCount, ranker, scoreThreshold, filters }: JsonObject): JsonObject {
  const ranking = defined({ ranker, score_threshold: scoreThreshold });
  return {
    type: "file_search",
    vector_store_ids: vectorStoreIds ?? [],
    max_num_results: maximumResultCount,
    ranking_options: Object.keys(ranking).length === 0 ? undefined : ranking,
    filters,
  };
}

function codeInterpreter({ fileIds }: JsonObject): JsonObject {
  return {
    type: "code_interpreter",
    container: Array.isArray(fileIds) && fileIds.length > 0 ? { type: "auto", file_ids: fileIds } : undefined,
  };
}

function mcp(tool: JsonObject, note: Note): JsonObject {
  const { connection } = tool;
  const isReference = isObject(connection) && typeof connection["name"] === "string";
  if (connection !== undefined && !isReference) note("connection");
  return {
    type: "mcp",
    server_label: tool["serverName"] ?? tool["name"],
    server_description: tool["serverDescription"] ?? tool["description"],
    server_url: tool["url"] ?? tool["serverUrl"],
    allowed_tools: tool["allowedTools"],
    require_approval: approvalOf(tool["approvalMode"] ?? tool["requireApproval"], note),
    project_connection_id: isReference ? connection["name"] : undefined,
  };
}

function approvalOf(mode: JsonValue | undefined, note: Note): JsonValue | undefined {
  const kind = isObject(mode) ? mode["kind"] : mode;
  if (kind === undefined || kind === "always" || kind === "never") return kind;
  if (isObject(mode) && kind === "specify") {
    const { alwaysRequireApprovalTools: always, neverRequireApprovalTools: never } = mode;
    return defined({
      always: always === undefined ? undefined : { tool_names: always },
      never: never === undefined ? undefined : { tool_names: never },
    });
  }
  note("requireApproval");
  return undefined;
}
