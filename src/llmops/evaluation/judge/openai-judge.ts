import type { JsonObject } from "../../../config/index.ts";
import type { TokenUsage } from "../../../services/contract/index.ts";
import type { JudgeModel } from "./judge-model.ts";

/** The part of a chat completion that is used. */
interface ChatCompletionLike {
  readonly model?: string | undefined;
  readonly choices: readonly { readonly message: { readonly content?: string | null | undefined } }[];
  readonly usage?:
    | {
        readonly prompt_tokens: number;
        readonly completion_tokens: number;
        readonly total_tokens: number;
        readonly prompt_tokens_details?: { readonly cached_tokens?: number | undefined } | null | undefined;
        readonly completion_tokens_details?: { readonly reasoning_tokens?: number | undefined } | null | undefined;
      }
    | null
    | undefined;
}

interface ChatRequest {
  readonly model: string;
  messages: { role: "system" | "user"; content: string }[];
  readonly response_format: {
    type: "json_schema";
    json_schema: { name: string; strict: boolean; schema: Record<string, unknown> };
  };
  readonly max_completion_tokens: number;
  readonly stream: false;
}

/** The part of an OpenAI client that chat judges need. `new OpenAI(…)`, `new AzureOpenAI(…)` and what looks like them fit. */
export interface ChatClient {
  readonly chat: {
    readonly completions: {
      create(body: ChatRequest, options?: { signal?: AbortSignal }): PromiseLike<ChatCompletionLike>;
    };
  };
}

/** The part of a response that is used. */
interface ResponseLike {
  readonly model?: string | undefined;
  readonly output_text: string;
  readonly usage?:
    | {
        readonly input_tokens: number;
        readonly output_tokens: number;
        readonly total_tokens: number;
        readonly input_tokens_details?: { readonly cached_tokens?: number | undefined } | null | undefined;
        readonly output_tokens_details?: { readonly reasoning_tokens?: number | undefined } | null | undefined;
      }
    | null
    | undefined;
}

interface ResponseRequest {
  readonly model: string;
  readonly instructions: string;
  readonly input: string;
  readonly text: { format: { type: "json_schema"; name: string; strict: boolean; schema: Record<string, unknown> } };
  readonly max_output_tokens: number;
  readonly store: boolean;
  readonly stream: false;
}

/** The part of an OpenAI client that judges over the responses API need: the API that Foundry projects serve. */
export interface ResponsesClient {
  readonly responses: { create(body: ResponseRequest, options?: { signal?: AbortSignal }): PromiseLike<ResponseLike> };
}

/** A judge over the chat completions of any OpenAI-compatible server. */
export function chatJudge(client: ChatClient, model: string): JudgeModel {
  return {
    model,
    countsItself: false,
    async ask({ instructions, input, schema, maxOutputTokens, signal }) {
      const completion = await client.chat.completions.create(
        {
          model,
          stream: false,
          max_completion_tokens: maxOutputTokens,
          messages: [
            { role: "system", content: instructions },
            { role: "user", content: input },
          ],
          response_format: {
            type: "json_schema",
            json_schema: { name: "judgement", strict: true, schema: plain(schema) },
          },
        },
        { signal },
      );
      const { usage } = completion;
      return {
        text: completion.choices[0]?.message.content ?? "",
        reportedModel: completion.model,
        usage: usage
          ? toUsage([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], {
              cached: usage.prompt_tokens_details?.cached_tokens,
              reasoning: usage.completion_tokens_details?.reasoning_tokens,
            })
          : undefined,
      };
    },
  };
}

/** A judge over the responses API. Nothing is stored in the service. */
export function responsesJudge(client: ResponsesClient, model: string): JudgeModel {
  return {
    model,
    countsItself: false,
    async ask({ instructions, input, schema, maxOutputTokens, signal }) {
      const response = await client.responses.create(
        {
          model,
          instructions,
          input,
          store: false,
          stream: false,
          max_output_tokens: maxOutputTokens,
          text: { format: { type: "json_schema", name: "judgement", strict: true, schema: plain(schema) } },
        },
        { signal },
      );
      const { usage } = response;
      return {
        text: response.output_text,
        reportedModel: response.model,
        usage: usage
          ? toUsage([usage.input_tokens, usage.output_tokens, usage.total_tokens], {
              cached: usage.input_tokens_details?.cached_tokens,
              reasoning: usage.output_tokens_details?.reasoning_tokens,
            })
          : undefined,
      };
    },
  };
}

function toUsage(
  [inputTokens, outputTokens, totalTokens]: readonly [number, number, number],
  parts: { readonly cached: number | undefined; readonly reasoning: number | undefined },
): TokenUsage {
  return {
    inputTokens,
    outputTokens,
    totalTokens,
    cachedInputTokens: parts.cached ?? 0,
    reasoningTokens: parts.reasoning ?? 0,
  };
}

function plain(schema: JsonObject): Record<string, unknown> {
  return { ...schema };
}
