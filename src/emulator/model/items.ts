import { isJsonObject, type JsonObject } from "../json.ts";
import { jsonObjects, textOf } from "./read-json.ts";

/** One item of a conversation, a request's input or a response's output, with the id it got here. */
export type Item = JsonObject & { readonly type: string; readonly id: string };

/** An output item before it has an id. `status` and the like are filled in when it is stored. */
export type ItemDraft = JsonObject & { readonly type: string };

/** The text of a message, or of whatever else a model would read of the item. */
export function itemText(item: ItemDraft): string {
  switch (item.type) {
    case "message":
      return contentText(item["content"]);
    case "function_call":
    case "mcp_call":
    case "mcp_approval_request":
      return `${textOf(item["name"]) ?? ""} ${textOf(item["arguments"]) ?? ""}`;
    case "function_call_output":
    case "custom_tool_call_output":
      return outputText(item["output"]);
    case "web_search_call":
      return "";
    default:
      return JSON.stringify({ ...item, id: undefined });
  }
}

/** What a tool gave back: a string, or a list of content parts. */
export function outputText(output: unknown): string {
  return typeof output === "string" ? output : contentText(output);
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return jsonObjects(content)
    .map((part) => textOf(part["text"]) ?? textOf(part["refusal"]) ?? "")
    .filter((text) => text !== "")
    .join("\n");
}

export function isUserMessage(item: ItemDraft): boolean {
  return item.type === "message" && item["role"] === "user";
}

/** Tool calls among `items` that have no output yet, by call id. */
export function openCalls(items: readonly ItemDraft[]): Map<string, ItemDraft> {
  const open = new Map<string, ItemDraft>();
  for (const item of items) {
    const callId = textOf(item["call_id"]);
    if (callId === undefined) continue;
    if (item.type.endsWith("_call_output")) open.delete(callId);
    else if (item.type.endsWith("_call")) open.set(callId, item);
  }
  return open;
}

export function isItem(value: unknown): value is Item {
  return isJsonObject(value) && typeof value["type"] === "string" && typeof value["id"] === "string";
}
