import { isJsonObject, type JsonObject } from "../json.ts";
import { textMessage } from "./answer.ts";
import { type Item, type ItemDraft, itemText } from "./items.ts";
import type { ModelAnswer, ModelEnd, ModelRequest, ModelUsage } from "./model.ts";
import { jsonObjects, numberOf, textOf } from "./read-json.ts";

/** An OpenAI-compatible server. */
export interface Upstream {
  /** Base URL, the part before `/chat/completions`. */
  readonly url: string;
  readonly key: string | undefined;
}

/** Asks the server's chat completions, which every compatible server has. A failure of any kind gives a failed answer. */
export async function askUpstream(
  request: ModelRequest,
  upstream: Upstream,
  signal?: AbortSignal,
): Promise<ModelAnswer> {
  try {
    const response = await fetch(`${upstream.url}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(upstream.key === undefined ? {} : { authorization: `Bearer ${upstream.key}` }),
      },
      body: JSON.stringify(chatBody(request)),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    if (!response.ok) return failed(`The upstream server answered ${response.status}: ${text.slice(0, 500)}`);
    return readCompletion(JSON.parse(text));
  } catch (error) {
    return failed(`The upstream server did not answer: ${causeText(error)}`);
  }
}

function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function failed(message: string): ModelAnswer {
  return { output: [], end: { status: "failed", code: "server_error", message } };
}

function chatBody(request: ModelRequest): JsonObject {
  const tools = request.tools.filter((tool) => tool["type"] === "function").map(chatTool);
  const system = request.instructions === "" ? [] : [{ role: "system", content: request.instructions }];
  return {
    model: request.model,
    messages: [...system, ...chatMessages([...request.history, ...request.input])],
    ...(tools.length === 0 ? {} : { tools, tool_choice: chatToolChoice(request.toolChoice) }),
    response_format: chatFormat(request.format),
    max_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    top_p: request.topP,
  };
}

function chatTool({ type: _type, ...definition }: JsonObject): JsonObject {
  return { type: "function", function: definition };
}

function chatToolChoice(choice: unknown): JsonObject | string {
  if (isJsonObject(choice) && choice["type"] === "function")
    return { type: "function", function: { name: choice["name"] } };
  return typeof choice === "string" ? choice : "auto";
}

function chatFormat(format: JsonObject | undefined): JsonObject | undefined {
  if (format?.["type"] !== "json_schema")
    return format?.["type"] === "json_object" ? { type: "json_object" } : undefined;
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}

/** Chat messages say an assistant's words and its calls in one message; neighbouring calls are gathered. */
function chatMessages(items: readonly Item[]): JsonObject[] {
  const messages: JsonObject[] = [];
  for (const item of items) {
    const last = messages.at(-1);
    if (item.type === "function_call") {
      const calls = jsonObjects(last?.["tool_calls"]);
      if (last?.["role"] === "assistant") last["tool_calls"] = [...calls, chatCall(item)];
      else messages.push({ role: "assistant", content: null, tool_calls: [chatCall(item)] });
    } else if (item.type === "function_call_output") {
      messages.push({ role: "tool", tool_call_id: item["call_id"], content: itemText(item) });
    } else if (item.type === "message") {
      const role = item["role"] === "developer" ? "system" : item["role"];
      messages.push({ role, content: itemText(item) });
    }
  }
  return messages;
}

function chatCall(item: Item): JsonObject {
  return { id: item["call_id"], type: "function", function: { name: item["name"], arguments: item["arguments"] } };
}

function readCompletion(completion: unknown): ModelAnswer {
  const choice = isJsonObject(completion) ? jsonObjects(completion["choices"])[0] : undefined;
  const message = choice?.["message"];
  if (choice === undefined || !isJsonObject(message)) return failed("The upstream server's answer has no choices.");
  const text = textOf(message["content"]) ?? "";
  const calls = jsonObjects(message["tool_calls"]).map(readCall);
  const output = text === "" && calls.length > 0 ? calls : [textMessage(text), ...calls];
  const usage = isJsonObject(completion) ? readUsage(completion["usage"]) : undefined;
  return { output, end: readEnd(choice["finish_reason"]), ...(usage === undefined ? {} : { usage }) };
}

function readCall(call: JsonObject): ItemDraft {
  const target = isJsonObject(call["function"]) ? call["function"] : {};
  return { type: "function_call", call_id: call["id"], name: target["name"], arguments: target["arguments"] ?? "{}" };
}

function readEnd(reason: unknown): ModelEnd {
  if (reason === "length") return { status: "incomplete", reason: "max_output_tokens" };
  if (reason === "content_filter") return { status: "incomplete", reason: "content_filter" };
  return { status: "completed" };
}

function readUsage(usage: unknown): ModelUsage | undefined {
  if (!isJsonObject(usage)) return undefined;
  const { prompt_tokens_details: input, completion_tokens_details: output } = usage;
  return {
    inputTokens: numberOf(usage["prompt_tokens"]) ?? 0,
    cachedTokens: (isJsonObject(input) ? numberOf(input["cached_tokens"]) : undefined) ?? 0,
    outputTokens: numberOf(usage["completion_tokens"]) ?? 0,
    reasoningTokens: (isJsonObject(output) ? numberOf(output["reasoning_tokens"]) : undefined) ?? 0,
  };
}
