import { invalidPayload } from "../errors.ts";
import type { IdSource } from "../ids.ts";
import { describeValue, isJsonObject, type JsonObject } from "../json.ts";
import type { Item, ItemDraft } from "../model/items.ts";

const ROLES = new Set(["user", "assistant", "system", "developer"]);

const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  web_search_call: "ws",
  mcp_call: "mcp",
  mcp_list_tools: "mcpl",
  mcp_approval_request: "mcpr",
  mcp_approval_response: "mcpa",
  reasoning: "rs",
};

/** What a request's `input` or a conversation's `items` hold, as the service stores them: typed, with ids, content as parts. */
export function readItems(value: unknown, param: string, ids: IdSource): Item[] {
  if (typeof value === "string") return [withId(userMessage(value), ids)];
  if (!Array.isArray(value)) {
    throw invalidPayload(param, `Expected a string or a list of items, got ${describeValue(value)}.`);
  }
  return value.map((raw: unknown, index) => withId(readItem(raw, `${param}[${index}]`), ids));
}

/** Gives the item an id of its type's form, unless it has one, and the status that a finished item shows. */
export function withId(draft: ItemDraft, ids: IdSource): Item {
  const given = draft["id"];
  const id = typeof given === "string" ? given : ids.next(ID_PREFIXES[draft.type] ?? "item");
  return { id, status: "completed", ...draft, ...(typeof given === "string" ? {} : { id }) };
}

function userMessage(text: string): ItemDraft {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

function readItem(raw: unknown, param: string): ItemDraft {
  if (!isJsonObject(raw)) throw invalidPayload(param, `Expected an object, got ${describeValue(raw)}.`);
  const type = raw["type"] ?? ("role" in raw ? "message" : undefined);
  if (typeof type !== "string") {
    throw invalidPayload(`${param}.type`, `Expected the type of an item, got ${describeValue(type)}.`);
  }
  if (type === "message") return readMessage(raw, param);
  if (type === "function_call_output") requireText(raw, "call_id", param);
  if (type === "function_call_output" && raw["output"] === undefined) {
    throw invalidPayload(`${param}.output`, "Missing required parameter.");
  }
  if (type === "mcp_approval_response") requireText(raw, "approval_request_id", param);
  return { ...raw, type };
}

function readMessage(raw: JsonObject, param: string): ItemDraft {
  const role = raw["role"];
  if (typeof role !== "string" || !ROLES.has(role)) {
    throw invalidPayload(`${param}.role`, `Expected one of ${[...ROLES].join(", ")}, got ${describeValue(role)}.`);
  }
  return { ...raw, type: "message", role, content: readContent(raw["content"], role, param) };
}

function readContent(content: unknown, role: string, param: string): JsonObject[] {
  if (typeof content === "string") {
    const part = { type: "output_text", text: content, annotations: [], logprobs: [] };
    return [role === "assistant" ? part : { type: "input_text", text: content }];
  }
  if (Array.isArray(content) && content.every(isJsonObject)) return content;
  throw invalidPayload(`${param}.content`, `Expected a string or a list of parts, got ${describeValue(content)}.`);
}

function requireText(raw: JsonObject, field: string, param: string): void {
  if (typeof raw[field] === "string") return;
  throw invalidPayload(`${param}.${field}`, `Expected a string, got ${describeValue(raw[field])}.`);
}
