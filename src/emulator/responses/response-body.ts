import { unixSeconds } from "../clock.ts";
import { withId } from "../conversations/input-items.ts";
import type { RouteContext } from "../http/route.ts";
import type { JsonObject } from "../json.ts";
import type { Item, ItemDraft } from "../model/items.ts";
import type { ModelAnswer, ModelUsage } from "../model/model.ts";
import type { Call } from "./call.ts";

/** What the service says about an answer that its filter stopped. */
const STOPPED_ANSWER: JsonObject = {
  blocked: true,
  source_type: "completion",
  content_filter_results: {
    hate: { filtered: false, severity: "safe" },
    violence: { filtered: true, severity: "high" },
    protected_material_text: { detected: false, filtered: false },
  },
};

/** The `response` object as it is before anything was answered. */
export function startBody(context: RouteContext, call: Call, id: string): JsonObject {
  const { request, agent, model } = call;
  const { body } = request;
  return {
    id,
    object: "response",
    created_at: unixSeconds(context.clock),
    completed_at: null,
    status: request.isBackground ? "queued" : "in_progress",
    background: request.isBackground,
    error: null,
    incomplete_details: null,
    instructions: model.instructions === "" ? null : model.instructions,
    max_output_tokens: request.maxOutputTokens ?? null,
    max_tool_calls: body["max_tool_calls"] ?? null,
    model: model.model,
    output: [],
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: request.previousResponseId ?? null,
    reasoning: body["reasoning"] ?? agent?.definition["reasoning"] ?? { effort: null, summary: null },
    safety_identifier: body["safety_identifier"] ?? null,
    service_tier: "default",
    store: request.isStored,
    temperature: model.temperature ?? 1,
    text: { format: model.format ?? { type: "text" } },
    tool_choice: body["tool_choice"] ?? agent?.definition["tool_choice"] ?? "auto",
    tools: [...model.tools],
    top_p: model.topP ?? 1,
    truncation: body["truncation"] ?? "disabled",
    usage: null,
    user: body["user"] ?? null,
    metadata: { ...request.metadata },
    ...(agent === undefined
      ? {}
      : { agent_reference: { type: "agent_reference", name: agent.name, version: agent.version } }),
    ...(request.conversationId === undefined ? {} : { conversation: { id: request.conversationId } }),
  };
}

/** The `response` object at its end. */
export function endBody(
  context: RouteContext,
  started: JsonObject,
  answer: ModelAnswer,
  usage: ModelUsage,
): JsonObject {
  const { end } = answer;
  const output = answer.output.map((draft, index) =>
    outputItem(context, draft, end.status === "incomplete" && index === answer.output.length - 1),
  );
  return {
    ...started,
    status: end.status,
    completed_at: end.status === "completed" ? unixSeconds(context.clock) : null,
    error: end.status === "failed" ? { code: end.code, message: end.message } : null,
    incomplete_details: end.status === "incomplete" ? { reason: end.reason } : null,
    output,
    ...(end.status === "incomplete" && end.reason === "content_filter" ? { content_filters: [STOPPED_ANSWER] } : {}),
    usage: end.status === "failed" ? null : usageBody(usage),
  };
}

function outputItem(context: RouteContext, draft: ItemDraft, isCut: boolean): Item {
  const item = withId(isCut && draft.type === "message" ? { ...draft, status: "incomplete" } : draft, context.ids);
  return draft.type === "function_call" ? { ...item, call_id: draft["call_id"] ?? context.ids.next("call") } : item;
}

function usageBody(usage: ModelUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cachedTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
