import type { JsonObject } from "../../../config/index.ts";
import type { ModelEvent } from "../../contract/index.ts";
import { isJsonObject, readText } from "../http/json.ts";
import { readResponse } from "./read-response.ts";

/** The events after which nothing more comes, each with the whole response. `response.failed` is an answer too, not a broken stream. */
const LAST = new Set(["response.completed", "response.failed", "response.incomplete", "response.cancelled"]);

/** One server-sent event as ours; `undefined` for those that say nothing that the others do not. */
export function readEvent(value: unknown, requestId: string | undefined): ModelEvent | undefined {
  if (!isJsonObject(value)) return undefined;
  const type = readText(value, "type") ?? "";
  if (LAST.has(type)) return { type: "finished", response: readResponse(value["response"], requestId) };
  if (type === "response.created")
    return { type: "started", responseId: readResponse(value["response"], requestId).id };
  if (type === "response.output_text.delta") return { type: "text", delta: readText(value, "delta") ?? "" };
  if (type === "response.output_item.done" && isJsonObject(value["item"])) return { type: "item", item: value["item"] };
  return undefined;
}

/** What an `error` event in a stream says; the client throws it as an error with these members. */
export function readStreamError(error: unknown): { readonly code: string; readonly message: string } | undefined {
  if (!(error instanceof Error) || !("error" in error) || !isJsonObject(error.error)) return undefined;
  const body: JsonObject = error.error;
  return { code: readText(body, "code") ?? "unknown", message: readText(body, "message") ?? "no reason given" };
}
