import type { PipelineResponse } from "@azure/core-rest-pipeline";
import type { JsonValue } from "../../../config/index.ts";
import { abortedError, TenureError } from "../../../errors/index.ts";
import type { FoundrySettings } from "../options.ts";
import { toServiceError } from "../outcome.ts";
import { connectionError } from "./connection-error.ts";
import { Deadline } from "./deadline.ts";
import { parseJson } from "./json.ts";
import { repeatWhilePassing } from "./repeat.ts";
import { readFailure, readRequestId, type ServiceFailure } from "./service-failure.ts";
import type { FoundryTransport } from "./transport.ts";

/** A request to the agents API. */
export interface ApiCall {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below the endpoint, segments already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** Preview features that the call opts in to, as the header `Foundry-Features` names them. */
  readonly features?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What came of one request. */
export type Answer =
  /** 2xx with JSON, or with nothing (`body` is `undefined`). */
  | { readonly kind: "done"; readonly body: JsonValue | undefined; readonly requestId: string | undefined }
  /** The service, or a gateway, said no. */
  | { readonly kind: "failed"; readonly failure: ServiceFailure }
  /** No answer, or a 2xx that cannot be read: it may have happened. */
  | { readonly kind: "lost"; readonly error: TenureError };

/** JSON over the transport, with the API's version, time-outs, and the repetition of reads. */
export class FoundryHttp {
  readonly #settings: FoundrySettings;
  readonly #transport: FoundryTransport;

  constructor(settings: FoundrySettings, transport: FoundryTransport) {
    this.#settings = settings;
    this.#transport = transport;
  }

  /** One request, never repeated. Rejects only if nothing was sent. */
  async send(call: ApiCall): Promise<Answer> {
    const { runtime, timeoutMs, endpoint } = this.#settings;
    using deadline = new Deadline(runtime, timeoutMs, call.signal);
    const exchange = await this.#transport.exchange({
      method: call.method,
      url: this.#url(call),
      headers: call.features === undefined ? undefined : { "foundry-features": call.features },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal: deadline.signal,
    });
    if (exchange.kind === "answered") return this.#read(exchange.response, call);
    const error = deadline.signal.aborted
      ? abortedError(deadline.signal)
      : connectionError(exchange.cause, endpoint.host, describeCall(call));
    return { kind: "lost", error };
  }

  /**
   * A read, repeated after passing failures. `undefined` only if `isAbsence` knows the failure. Rejects with the codes of `AgentService`;
   * a time-out is not repeated, so that a call never takes several of them.
   */
  async get(
    call: Omit<ApiCall, "method">,
    isAbsence: (failure: ServiceFailure) => boolean = () => false,
  ): Promise<JsonValue | undefined> {
    const { runtime, maxRetries, maxRetryAfterMs } = this.#settings;
    return repeatWhilePassing(() => this.#getOnce({ ...call, method: "GET" }, isAbsence), {
      runtime,
      maxRetryAfterMs,
      retries: maxRetries,
      signal: call.signal,
      isPassing: ({ code, retryable }) => retryable && (code === "service_unavailable" || code === "service_throttled"),
    });
  }

  async #getOnce(call: ApiCall, isAbsence: (failure: ServiceFailure) => boolean): Promise<JsonValue | undefined> {
    const answer = await this.send(call);
    if (answer.kind === "lost") throw answer.error;
    if (answer.kind === "failed") {
      if (isAbsence(answer.failure)) return undefined;
      throw toServiceError(answer.failure, describeCall(call));
    }
    if (answer.body === undefined) throw unreadable(describeCall(call), "nothing", answer.requestId);
    return answer.body;
  }

  #url({ path, query }: ApiCall): string {
    const { endpoint, apiVersion } = this.#settings;
    return `${endpoint.url}${path}?${new URLSearchParams({ "api-version": apiVersion, ...query }).toString()}`;
  }

  #read(response: PipelineResponse, call: ApiCall): Answer {
    const { status, headers } = response;
    const text = response.bodyAsText ?? "";
    if (status < 200 || status > 299) {
      return { kind: "failed", failure: readFailure({ status, headers, text }, this.#settings.runtime.now()) };
    }
    const requestId = readRequestId(headers);
    if (text.trim() === "") return { kind: "done", body: undefined, requestId };
    const body = parseJson(text);
    if (body !== undefined) return { kind: "done", body, requestId };
    const type = headers.get("content-type") ?? "unknown type";
    return { kind: "lost", error: unreadable(describeCall(call), `a body of ${type} that is no JSON`, requestId) };
  }
}

/** The request as it stands in messages: without host and query. */
export function describeCall({ method, path }: Pick<ApiCall, "method" | "path">): string {
  return `${method} ${path}`;
}

/** The error for a 2xx answer that does not hold what it must. */
export function unreadable(request: string, got: string, requestId?: string): TenureError {
  return new TenureError("service_protocol", `Foundry's answer to ${request} cannot be used: it holds ${got}.`, {
    details: { request },
    ...(requestId === undefined ? {} : { requestId }),
  });
}
