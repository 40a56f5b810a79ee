import type { JsonObject } from "../../../config/index.ts";
import { abortedError, TenureError } from "../../../errors/index.ts";
import type {
  CallOptions,
  ConversationItem,
  ModelEvent,
  ModelResponse,
  RespondParams,
  RunService,
} from "../../contract/index.ts";
import type { FoundryTransport } from "../http/transport.ts";
import type { FoundrySettings } from "../options.ts";
import { Conversations } from "./conversations.ts";
import { toTenureError } from "./open-ai.ts";
import { readEvent, readStreamError } from "./read-events.ts";
import { readResponse } from "./read-response.ts";
import type { RunSubject } from "./run-failure.ts";
import { type OpenStream, RunSender, type SignalledRequest } from "./run-sender.ts";

/** How long a stream may stay open after its last event: the service closes it once the conversation is stored and free again. */
const CLOSING_MS = 2_000;

/** Runs by the Responses API, always of a pinned version: without one the service takes whatever is the latest at that moment. */
export class FoundryRunService implements RunService {
  readonly #settings: FoundrySettings;
  readonly #sender: RunSender;
  readonly #conversations: Conversations;

  constructor(settings: FoundrySettings, transport: FoundryTransport) {
    this.#settings = settings;
    this.#sender = new RunSender(settings, transport);
    this.#conversations = new Conversations(this.#sender);
  }

  createConversation(
    params?: { readonly metadata?: Readonly<Record<string, string>> | undefined } & CallOptions,
  ): Promise<{ readonly id: string }> {
    return this.#conversations.create(params);
  }

  deleteConversation({ conversationId, signal }: { readonly conversationId: string } & CallOptions): Promise<boolean> {
    return this.#conversations.delete(conversationId, { signal });
  }

  listItems({
    conversationId,
    signal,
  }: { readonly conversationId: string } & CallOptions): AsyncIterable<ConversationItem> {
    return this.#conversations.listItems(conversationId, { signal });
  }

  async respond(params: RespondParams): Promise<ModelResponse> {
    const { body, requestId } = await this.#sender.send(toRequest(params, false), this.#settings.runTimeoutMs);
    return readResponse(body, requestId);
  }

  async *stream(params: RespondParams): AsyncGenerator<ModelEvent, void> {
    const request = toRequest(params, true);
    const open = await this.#sender.open(request);
    using deadline = open.deadline;
    let response: ModelResponse | undefined;
    try {
      for await (const value of open.body) {
        if (response !== undefined) continue;
        const event = readEvent(value, open.requestId);
        if (event?.type === "finished") {
          response = event.response;
          deadline.restart(CLOSING_MS);
          continue;
        }
        deadline.pause();
        if (event !== undefined) yield event;
        deadline.restart(this.#settings.runTimeoutMs);
      }
    } catch (error) {
      if (response === undefined) throw toStreamFailure(error, request.subject, open);
    }
    if (response === undefined) throw endedEarly(request.subject, open);
    yield { type: "finished", response };
  }

  async getResponse({ responseId, signal }: { readonly responseId: string } & CallOptions): Promise<ModelResponse> {
    const path = `/responses/${encodeURIComponent(responseId)}`;
    const subject: RunSubject = { request: `GET ${path}`, responseId };
    const { body, requestId } = await this.#sender.read({ method: "get", path, signal, subject });
    return readResponse(body, requestId);
  }

  async cancel({ responseId, signal }: { readonly responseId: string } & CallOptions): Promise<boolean> {
    const path = `/responses/${encodeURIComponent(responseId)}/cancel`;
    const subject: RunSubject = { request: `POST ${path}`, responseId };
    try {
      const { body, requestId } = await this.#sender.send({ method: "post", path, signal, subject });
      return readResponse(body, requestId).status === "cancelled";
    } catch (error) {
      // 400: it had ended, or was never in the background. The service refuses; nothing runs that could be stopped.
      if (error instanceof TenureError && error.status === 400) return false;
      throw error;
    }
  }

  async deleteResponse({ responseId, signal }: { readonly responseId: string } & CallOptions): Promise<boolean> {
    const path = `/responses/${encodeURIComponent(responseId)}`;
    const subject: RunSubject = { request: `DELETE ${path}`, responseId };
    try {
      await this.#sender.send({ method: "delete", path, signal, subject });
      return true;
    } catch (error) {
      if (error instanceof TenureError && error.code === "run_failed" && error.status === 404) return false;
      throw error;
    }
  }
}

function toRequest(params: RespondParams, stream: boolean): SignalledRequest {
  const { agent, conversationId, previousResponseId } = params;
  if (conversationId !== undefined && previousResponseId !== undefined) {
    throw new TenureError(
      "invalid_option",
      "Expected `conversationId` or `previousResponseId`, got both: the service takes one.",
    );
  }
  const body: JsonObject = {
    input: params.input,
    // Never model or tools: with an agent the service answers 400 "Not allowed when agent is specified."
    agent_reference: { type: "agent_reference", name: agent.name, version: agent.version },
    conversation: conversationId,
    previous_response_id: previousResponseId,
    max_output_tokens: params.maxOutputTokens,
    background: params.background,
    metadata: params.metadata,
    ...(stream ? { stream } : {}),
  };
  return {
    method: "post",
    path: "/responses",
    body,
    headers: params.headers,
    signal: params.signal,
    subject: { request: "POST /responses", conversationId: conversationId ?? previousResponseId },
  };
}

function toStreamFailure(error: unknown, subject: RunSubject, { requestId, deadline }: OpenStream): TenureError {
  if (error instanceof TenureError) return error;
  const said = readStreamError(error);
  if (said === undefined) return toTenureError(error, subject, deadline.signal);
  const code = said.code.startsWith("content_filter") ? "content_filtered" : "run_failed";
  return new TenureError(code, `The answer ended with an error of the service (${said.code}): ${said.message}`, {
    cause: error,
    details: { serviceCode: said.code, request: subject.request },
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** The client ends its loop without an error when the signal fired, and so does a connection that closes between two events. */
function endedEarly({ request }: RunSubject, { requestId, deadline }: OpenStream): TenureError {
  if (deadline.signal.aborted) return abortedError(deadline.signal);
  return new TenureError(
    "service_unavailable",
    `Foundry's answer to ${request} ended before the response was complete.`,
    {
      details: { request },
      ...(requestId === undefined ? {} : { requestId }),
    },
  );
}
