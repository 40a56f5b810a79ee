import type { Attributes } from "@opentelemetry/api";
import { picoToNumber } from "../../registry/contract/index.ts";
import type { SpanFacts, SpanStart } from "../stages.ts";
import type { ResolvedTelemetry } from "./options.ts";
import { serverAttributes } from "./place.ts";

// Names: OpenTelemetry semantic conventions for generative AI, as of v1.41 (provider.name, cache_read and reasoning tokens, messages as JSON attributes).

/** `invoke_agent market_analyst`, `chat gpt-4.1`, `execute_tool get_price`. */
export function spanName(start: SpanStart): string {
  const subject = { invoke_agent: start.context.agentName, chat: start.context.model, execute_tool: "" }[start.kind];
  return `${start.kind} ${start.kind === "execute_tool" ? start.toolName : subject}`;
}

/** What is known when the span begins: samplers see only this. */
export function startAttributes(start: SpanStart, options: ResolvedTelemetry): Attributes {
  const { context } = start;
  const common: Attributes = {
    "gen_ai.operation.name": start.kind,
    "gen_ai.provider.name": options.provider,
    "gen_ai.agent.name": context.agentName,
    "gen_ai.agent.id": context.remote.id,
    ...(context.remote.version === undefined ? {} : { "gen_ai.agent.version": context.remote.version }),
    "tenure.scope": context.key.scope,
    "tenure.request.id": context.requestId,
  };
  if (start.kind === "execute_tool") {
    return {
      ...common,
      "gen_ai.tool.name": start.toolName,
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": start.callId,
      ...(options.captureContent ? { "gen_ai.tool.call.arguments": cut(start.arguments, options) } : {}),
    };
  }
  return {
    ...common,
    ...serverAttributes(context.key.location),
    "gen_ai.request.model": context.model,
    ...(start.conversationId === undefined ? {} : { "gen_ai.conversation.id": start.conversationId }),
    ...(start.kind === "chat"
      ? { "gen_ai.request.stream": start.streaming }
      : { "tenure.agent.fingerprint": context.fingerprint }),
    ...(options.captureContent && (start.kind === "invoke_agent" || start.round === 0)
      ? { "gen_ai.input.messages": message("user", cut(context.query, options)) }
      : {}),
  };
}

/** What came of it, as attributes. */
export function factAttributes(facts: SpanFacts, kind: SpanStart["kind"], options: ResolvedTelemetry): Attributes {
  const { usage, costPico, output } = facts;
  const attributes: Attributes = {};
  if (usage !== undefined) {
    attributes["gen_ai.usage.input_tokens"] = usage.inputTokens;
    attributes["gen_ai.usage.output_tokens"] = usage.outputTokens;
    attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cachedInputTokens;
    attributes["gen_ai.usage.reasoning.output_tokens"] = usage.reasoningTokens;
  }
  if (facts.responseId !== undefined) attributes["gen_ai.response.id"] = facts.responseId;
  if (facts.responseModel !== undefined) attributes["gen_ai.response.model"] = facts.responseModel;
  if (facts.status !== undefined)
    attributes["gen_ai.response.finish_reasons"] = [finishReason(facts.status, facts.incompleteReason)];
  if (facts.conversationId !== undefined) attributes["gen_ai.conversation.id"] = facts.conversationId;
  if (costPico !== undefined && costPico !== null) attributes["tenure.cost"] = picoToNumber(costPico);
  if (output !== undefined && options.captureContent) {
    const name = kind === "execute_tool" ? "gen_ai.tool.call.result" : "gen_ai.output.messages";
    attributes[name] = kind === "execute_tool" ? cut(output, options) : message("assistant", cut(output, options));
  }
  return attributes;
}

/** The words of the conventions for the service's. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  completed: "stop",
  failed: "error",
  max_output_tokens: "length",
};

function finishReason(status: string, incompleteReason: string | undefined): string {
  const word = status === "incomplete" ? (incompleteReason ?? status) : status;
  return FINISH_REASONS[word] ?? word;
}

function message(role: string, content: string): string {
  return JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
}

function cut(text: string, options: ResolvedTelemetry): string {
  return text.length <= options.maxContentLength ? text : `${text.slice(0, options.maxContentLength)}…`;
}
