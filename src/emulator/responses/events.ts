import type { JsonObject } from "../json.ts";
import { jsonObjects, textOf } from "../model/read-json.ts";

/** One event of a response's stream. Its number is given when it is sent. */
export type ResponseEvent = JsonObject & { readonly type: string };

// The order is the one from which the OpenAI client rebuilds a response: without `output_item.added` and
// `content_part.added` before the deltas its `stream()` helper throws.

/** What a stream says before there is an answer. */
export function* openingEvents(started: JsonObject): Generator<ResponseEvent> {
  yield { type: "response.created", response: started };
  if (started["status"] === "queued") yield { type: "response.queued", response: started };
  yield { type: "response.in_progress", response: { ...started, status: "in_progress" } };
}

/** The answer piece by piece, and the response as it ended. */
export function* answerEvents(ended: JsonObject): Generator<ResponseEvent> {
  for (const [index, item] of jsonObjects(ended["output"]).entries()) {
    yield* itemEvents(item, { output_index: index, item_id: item["id"] });
  }
  yield { type: `response.${textOf(ended["status"])}`, response: ended };
}

function* itemEvents(item: JsonObject, place: JsonObject): Generator<ResponseEvent> {
  const at = { output_index: place["output_index"] };
  yield { type: "response.output_item.added", ...at, item: emptied(item) };
  if (item["type"] === "message") {
    for (const [index, part] of jsonObjects(item["content"]).entries()) {
      yield* partEvents(part, { ...place, content_index: index });
    }
  } else if (item["type"] === "web_search_call") {
    for (const step of ["in_progress", "searching", "completed"])
      yield { type: `response.web_search_call.${step}`, ...place };
  } else if (item["type"] === "function_call") {
    yield* argumentEvents("response.function_call_arguments", item, place);
  } else if (item["type"] === "mcp_call") {
    yield { type: "response.mcp_call.in_progress", ...place };
    yield* argumentEvents("response.mcp_call_arguments", item, place);
    yield { type: "response.mcp_call.completed", ...place };
  }
  yield { type: "response.output_item.done", ...at, item };
}

/** The item as it is announced: nothing in it yet. */
function emptied(item: JsonObject): JsonObject {
  switch (item["type"]) {
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "function_call":
      return { ...item, status: "in_progress", arguments: "" };
    case "mcp_call":
      return { ...item, status: "in_progress", arguments: "", output: null };
    case "web_search_call":
      return { ...item, status: "in_progress" };
    default:
      return item;
  }
}

function* partEvents(part: JsonObject, place: JsonObject): Generator<ResponseEvent> {
  const isRefusal = part["type"] === "refusal";
  const text = textOf(isRefusal ? part["refusal"] : part["text"]) ?? "";
  const empty = isRefusal ? { ...part, refusal: "" } : { ...part, text: "", annotations: [] };
  yield { type: "response.content_part.added", ...place, part: empty };
  const base = isRefusal ? "response.refusal" : "response.output_text";
  for (const delta of deltas(text))
    yield { type: `${base}.delta`, ...place, delta, ...(isRefusal ? {} : { logprobs: [] }) };
  for (const [index, annotation] of jsonObjects(part["annotations"]).entries()) {
    yield { type: "response.output_text.annotation.added", ...place, annotation_index: index, annotation };
  }
  yield { type: `${base}.done`, ...place, ...(isRefusal ? { refusal: text } : { text, logprobs: [] }) };
  yield { type: "response.content_part.done", ...place, part };
}

function* argumentEvents(base: string, item: JsonObject, place: JsonObject): Generator<ResponseEvent> {
  const args = textOf(item["arguments"]) ?? "";
  for (const delta of deltas(args)) yield { type: `${base}.delta`, ...place, delta };
  yield { type: `${base}.done`, ...place, arguments: args, name: item["name"] };
}

/** Words with the space after them: joined they give the text again. */
function deltas(text: string): string[] {
  return text.match(/\S+\s*|\s+/gu) ?? [];
}
