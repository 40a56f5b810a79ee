import type { JsonObject, RemoteRef } from "../../config/index.ts";
import type { CallOptions } from "./agent-service.ts";

/** Tokens by the service's own count. */
export interface TokenUsage {
  readonly inputTokens: number;
  /** Those of `inputTokens` that were cached. */
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Those of `outputTokens` that were spent on reasoning. */
  readonly reasoningTokens: number;
  readonly totalTokens: number;
}

/** A call of a local function that the model asks for. */
export interface FunctionCall {
  readonly callId: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

/** A call of an MCP tool that waits for a person's word. */
export interface ApprovalRequest {
  readonly id: string;
  readonly serverLabel: string;
  readonly name: string;
  readonly arguments: string;
}

export type ResponseStatus = "completed" | "failed" | "incomplete" | "cancelled" | "in_progress" | "queued";

/** What a content filter found in one category. */
export interface ContentFinding {
  readonly source: "prompt" | "completion";
  /** The service's word: `hate`, `self_harm`, `jailbreak`, `protected_material_text`, … */
  readonly category: string;
  /** Whether the filter stopped the text because of it. */
  readonly filtered: boolean;
  /** `safe`, `low`, `medium`, `high`; absent in categories that are found or not. */
  readonly severity?: string | undefined;
  /** In those. */
  readonly detected?: boolean | undefined;
}

/** One answer of the model. */
export interface ModelResponse {
  readonly id: string;
  readonly status: ResponseStatus;
  readonly text: string;
  readonly refusal: string | undefined;
  readonly functionCalls: readonly FunctionCall[];
  readonly approvalRequests: readonly ApprovalRequest[];
  /** Absent if the service gave none. */
  readonly usage: TokenUsage | undefined;
  /** `max_output_tokens`, `content_filter`, …: why it is incomplete. */
  readonly incompleteReason: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** What content filters found in question and answer that is not plainly safe. */
  readonly contentFindings: readonly ContentFinding[];
  /** The model that answered, as the service names it. */
  readonly model: string | undefined;
  /** Every output item as the service sent it. */
  readonly output: readonly JsonObject[];
  readonly requestId: string | undefined;
}

/** What happens while the model answers. The last one is always `finished`. */
export type ModelEvent =
  | { readonly type: "started"; readonly responseId: string }
  | { readonly type: "text"; readonly delta: string }
  | { readonly type: "item"; readonly item: JsonObject }
  | { readonly type: "finished"; readonly response: ModelResponse };

export interface RespondParams extends CallOptions {
  readonly agent: RemoteRef;
  /** Text, or input items in the service's shape. */
  readonly input: string | readonly JsonObject[];
  readonly conversationId?: string | undefined;
  readonly previousResponseId?: string | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** `true`: the service works on when the connection is gone, and the answer is polled. */
  readonly background?: boolean | undefined;
  /** Added to the request's headers: trace context. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** One item of a conversation, oldest first. */
export interface ConversationItem {
  readonly id: string;
  readonly type: string;
  readonly role: string | undefined;
  readonly text: string;
  readonly raw: JsonObject;
}

/**
 * Runs and conversations. Rejects with the codes of `AgentService`, and with `agent_not_found` if the agent or the version is gone,
 * `session_not_found` if the conversation or the previous response is, `session_busy` while another response is made in the conversation, and
 * `content_filtered` if the input was refused.
 *
 * A request is repeated only where the service said that it did not start (429, 503 with a wait). After `service_unavailable` or `timeout` of
 * `respond` and `stream` it is not known whether the model ran, unless `details.sent` is `false`: then nothing left this process.
 */
export interface RunService {
  createConversation(
    params?: { readonly metadata?: Readonly<Record<string, string>> | undefined } & CallOptions,
  ): Promise<{ readonly id: string }>;
  /** `false` if it was gone. */
  deleteConversation(params: { readonly conversationId: string } & CallOptions): Promise<boolean>;
  /** Every item, oldest first, over all pages. */
  listItems(params: { readonly conversationId: string } & CallOptions): AsyncIterable<ConversationItem>;
  /** One answer, in one piece. A failed, cut or refused answer is an answer too: look at its `status` and `refusal`. */
  respond(params: RespondParams): Promise<ModelResponse>;
  /**
   * One answer as it comes. Leaving the loop early ends the request. `finished` comes once the service has closed the stream, so that the
   * conversation is free again. A stream that breaks off rejects with `service_unavailable` that is not `retryable`, an error in it with `run_failed`.
   */
  stream(params: RespondParams): AsyncIterable<ModelEvent>;
  /** Polls a background answer once. `run_failed` if the service does not keep it. */
  getResponse(params: { readonly responseId: string } & CallOptions): Promise<ModelResponse>;
  /** Asks the service to stop a background answer; `false` if it had ended or cannot be stopped. */
  cancel(params: { readonly responseId: string } & CallOptions): Promise<boolean>;
  /** Deletes what the service keeps of an answer; one under way is stopped. What it said stays in its conversation. `false` if it was gone. */
  deleteResponse(params: { readonly responseId: string } & CallOptions): Promise<boolean>;
}
