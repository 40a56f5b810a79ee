import type { OpenAI } from "openai";
import type { JsonObject } from "../../../config/index.ts";
import { abortedError, TenureError } from "../../../errors/index.ts";
import { readRequestId } from "../http/service-failure.ts";
import type { FoundryTransport } from "../http/transport.ts";
import type { FoundrySettings } from "../options.ts";
import { createPipelineFetch, FetchFailure } from "./pipeline-fetch.ts";
import { type RunSubject, toRunError } from "./run-failure.ts";

/** A request to the OpenAI half of the API. */
export interface RunRequest {
  readonly method: "get" | "post" | "delete";
  /** Below `/openai/v1`, segments already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: JsonObject | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  readonly subject: RunSubject;
}

/** A body and the service's id of the request. */
export interface RunAnswer<Body> {
  readonly body: Body;
  readonly requestId: string | undefined;
}

/** The client's own limit is out of the way: `Deadline` holds the time, through the runtime. The greatest that `setTimeout` takes. */
const NO_TIMEOUT_MS = 2_147_483_647;

/**
 * The `openai` client, made at the first run: it costs 145 ms to load. Its raw `request` is used, not its typed resources: bodies go and come whole,
 * `agent_reference` and items that its types do not know included.
 */
export class OpenAiCaller {
  readonly #settings: FoundrySettings;
  readonly #transport: FoundryTransport;
  #opening: Promise<OpenAI> | undefined;

  constructor(settings: FoundrySettings, transport: FoundryTransport) {
    this.#settings = settings;
    this.#transport = transport;
  }

  /** One JSON answer; never repeated here. */
  async call(request: RunRequest): Promise<RunAnswer<unknown>> {
    return this.#request<unknown>(request, false);
  }

  /** The events of one streamed answer, as they come. */
  async stream(request: RunRequest): Promise<RunAnswer<AsyncIterable<unknown>>> {
    return this.#request<AsyncIterable<unknown>>(request, true);
  }

  async #request<Body>(
    { subject, body, query, headers, ...request }: RunRequest,
    stream: boolean,
  ): Promise<RunAnswer<Body>> {
    this.#opening ??= this.#open();
    const client = await this.#opening;
    try {
      const promise = client.request<Body>({
        ...request,
        stream,
        ...(body === undefined ? {} : { body }),
        ...(query === undefined ? {} : { query }),
        ...(headers === undefined ? {} : { headers }),
      });
      const { data, response } = await promise.withResponse();
      return { body: data, requestId: readRequestId(response.headers) };
    } catch (error) {
      throw toTenureError(error, subject, request.signal);
    }
  }

  async #open(): Promise<OpenAI> {
    const { OpenAI } = await import("openai");
    return new OpenAI({
      // The pipeline's policy signs each request; this never leaves the process.
      apiKey: "unused",
      baseURL: `${this.#settings.endpoint.url}/openai/v1`,
      maxRetries: 0,
      timeout: NO_TIMEOUT_MS,
      fetch: createPipelineFetch(this.#transport, this.#settings),
      // What the environment may hold for api.openai.com is not Foundry's affair.
      organization: null,
      project: null,
      logLevel: "off",
    });
  }
}

/** Anything that the client threw: the failure that our `fetch` carried past it, the signal's reason, or an answer that broke off. */
export function toTenureError(error: unknown, subject: RunSubject, signal: AbortSignal): TenureError {
  const failure = findFailure(error);
  if (failure !== undefined) {
    return failure.reason instanceof TenureError ? failure.reason : toRunError(failure.reason, subject);
  }
  if (signal.aborted) return abortedError(signal);
  if (error instanceof SyntaxError) {
    return new TenureError("service_protocol", `Foundry's answer to ${subject.request} is no JSON.`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new TenureError("service_unavailable", `Foundry's answer to ${subject.request} broke off: ${reason}`, {
    cause: error,
  });
}

function findFailure(error: unknown): FetchFailure | undefined {
  if (error instanceof FetchFailure) return error;
  return error instanceof Error && error.cause !== undefined ? findFailure(error.cause) : undefined;
}
