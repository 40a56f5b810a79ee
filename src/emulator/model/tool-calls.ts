import { type Command, isToolCommand, type ToolCommand } from "./commands.ts";
import type { Item, ItemDraft } from "./items.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import { textOf } from "./read-json.ts";
import { sampleOfSchema } from "./json-sample.ts";
import { hashFraction } from "./judgement.ts";
import type { ModelRequest } from "./model.ts";
import type { Turn } from "./turn.ts";

/** Function calls that the user's message asks for, or that `tool_choice` enforces. */
export function functionCalls(request: ModelRequest, turn: Turn, commands: readonly Command[]): ItemDraft[] {
  if (request.toolChoice === "none") return [];
  const functions = request.tools.filter((tool) => tool["type"] === "function");
  const asked = commands
    .filter(isToolCommand)
    .filter((command) => command.kind === "call")
    .filter((command) => functions.some((tool) => tool["name"] === command.name))
    .map((command) => functionCall(command.name, command.args));
  if (asked.length > 0 || turn.message === "") return asked;
  const forced = forcedFunction(request.toolChoice, functions);
  if (forced === undefined) return [];
  const seed = { text: turn.question, fraction: hashFraction(turn.question) };
  const args = JSON.stringify(sampleOfSchema(forced["parameters"], seed));
  return [functionCall(textOf(forced["name"]) ?? "", args)];
}

/** Tools that the user's message names but the agent does not have. */
export function unknownTools(request: ModelRequest, commands: readonly Command[]): string[] {
  return commands
    .filter(isToolCommand)
    .filter(({ kind, name }) =>
      kind === "mcp"
        ? findMcpServer(request, name) === undefined
        : !request.tools.some((tool) => tool["type"] === "function" && tool["name"] === name),
    )
    .map(({ name }) => name);
}

function functionCall(name: string, args: string): ItemDraft {
  return { type: "function_call", name, arguments: args };
}

function forcedFunction(choice: unknown, functions: readonly JsonObject[]): JsonObject | undefined {
  if (choice === "required") return functions[0];
  if (!isJsonObject(choice) || choice["type"] !== "function") return undefined;
  return functions.find((tool) => tool["name"] === choice["name"]);
}

/** Calls to tools of MCP servers: asked for now, or approved now. A server that wants approval gets a request for it instead. */
export function mcpCalls(request: ModelRequest, turn: Turn, commands: readonly Command[]): ItemDraft[] {
  const asked = commands
    .filter(isToolCommand)
    .filter((command) => command.kind === "mcp")
    .flatMap((command) => {
      const server = findMcpServer(request, command.name);
      return server === undefined ? [] : [mcpItem(server, command)];
    });
  return [...asked, ...turn.latest.flatMap((item) => answeredApproval(item, turn.earlier))];
}

/** `NAME` is a tool; `LABEL.NAME` also says of which server. */
function findMcpServer(request: ModelRequest, name: string): JsonObject | undefined {
  const servers = request.tools.filter((tool) => tool["type"] === "mcp");
  const labelled = servers.find((server) => name.startsWith(`${textOf(server["server_label"])}.`));
  return labelled ?? servers.find((server) => allowsTool(server, name));
}

function allowsTool(server: JsonObject, name: string): boolean {
  const allowed = server["allowed_tools"];
  const names = isJsonObject(allowed) ? allowed["tool_names"] : allowed;
  return !Array.isArray(names) || names.includes(name);
}

function mcpItem(server: JsonObject, { name, args }: ToolCommand): ItemDraft {
  const label = textOf(server["server_label"]) ?? "";
  const tool = name.startsWith(`${label}.`) ? name.slice(label.length + 1) : name;
  const call = { server_label: label, name: tool, arguments: args };
  return needsApproval(server["require_approval"], tool) ? { type: "mcp_approval_request", ...call } : mcpCall(call);
}

// Without `require_approval` the service asks for every call.
function needsApproval(rule: unknown, tool: string): boolean {
  if (!isJsonObject(rule)) return rule !== "never";
  const never = isJsonObject(rule["never"]) ? rule["never"]["tool_names"] : undefined;
  return !(Array.isArray(never) && never.includes(tool));
}

function mcpCall(call: JsonObject, approvalRequestId: string | null = null): ItemDraft {
  const output = `[tenure emulator] ${textOf(call["name"])} was called with ${textOf(call["arguments"])}`;
  return {
    type: "mcp_call",
    ...call,
    approval_request_id: approvalRequestId,
    status: "completed",
    output,
    error: null,
  };
}

function answeredApproval(item: Item, earlier: readonly Item[]): ItemDraft[] {
  if (item.type !== "mcp_approval_response" || item["approve"] !== true) return [];
  const request = earlier.find((other) => other.id === item["approval_request_id"]);
  if (request === undefined) return [];
  const { server_label, name, arguments: args } = request;
  return [mcpCall({ server_label, name, arguments: args }, request.id)];
}
