import type { HttpClient, PipelineRequest, PipelineResponse } from "@azure/core-rest-pipeline";
import type { Agent } from "node:http";
import { abortedError, TenureError } from "../../../errors/index.ts";
import type { FoundrySettings } from "../options.ts";
import { createFoundryPipeline, type PipelineModule } from "./pipeline.ts";

/** One request. */
export interface FoundryRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON text. */
  readonly body?: string | undefined;
  /** Ends the request. */
  readonly signal: AbortSignal;
  /** The body of the answer is not read but handed on as it comes. */
  readonly isStreamed?: boolean | undefined;
}

/** What came of one request that may have left this process. */
export type Exchange =
  | { readonly kind: "answered"; readonly response: PipelineResponse }
  /** No answer, or a part of one: whether the service did anything is not known. */
  | { readonly kind: "broken"; readonly cause: unknown };

/** Azure's load balancers forget connections after 4 minutes of silence, without a word: a write on such a one would be lost. */
const IDLE_MS = 60_000;

type Send = (request: FoundryRequest) => Promise<PipelineResponse>;

/** The way to the service: one pipeline, made at the first request. */
export class FoundryTransport {
  readonly #settings: FoundrySettings;
  #agent: Agent | undefined;
  /** Requests that were handed to the network. */
  readonly #sent = new WeakSet<FoundryRequest>();
  #opening: Promise<Send> | undefined;
  #isClosed = false;

  constructor(settings: FoundrySettings) {
    this.#settings = settings;
  }

  /**
   * Sends once. Rejects only if nothing was sent: `closed`, `aborted` or `timeout` of the signal, `unauthorized` or `package_missing` of the
   * credential.
   */
  async exchange(request: FoundryRequest): Promise<Exchange> {
    if (this.#isClosed) throw new TenureError("closed", "The Foundry service was closed.");
    try {
      this.#opening ??= this.#open();
      const send = await untilAborted(this.#opening, request.signal);
      return { kind: "answered", response: await untilAborted(send(request), request.signal) };
    } catch (cause) {
      if (this.#sent.has(request)) return { kind: "broken", cause };
      throw request.signal.aborted ? abortedError(request.signal) : TenureError.from(cause);
    }
  }

  /** Cuts all connections. */
  close(): void {
    this.#isClosed = true;
    this.#agent?.destroy();
  }

  async #open(): Promise<Send> {
    const [core, agent] = await Promise.all([import("@azure/core-rest-pipeline"), createAgent(this.#settings)]);
    this.#agent = agent;
    const pipeline = createFoundryPipeline(core, this.#settings, agent);
    const client = this.#settings.httpClient ?? core.createDefaultHttpClient();
    return (request) => pipeline.sendRequest(this.#marking(client, request), this.#toPipelineRequest(core, request));
  }

  #marking(client: HttpClient, origin: FoundryRequest): HttpClient {
    return {
      sendRequest: (request) => {
        this.#sent.add(origin);
        return client.sendRequest(request);
      },
    };
  }

  #toPipelineRequest(core: PipelineModule, request: FoundryRequest): PipelineRequest {
    const pipelineRequest = core.createPipelineRequest({
      url: request.url,
      method: request.method,
      headers: core.createHttpHeaders({ accept: "application/json", ...request.headers }),
      abortSignal: request.signal,
      allowInsecureConnection: this.#settings.endpoint.isPlainHttp,
    });
    if (request.body !== undefined) {
      pipelineRequest.body = request.body;
      const contentType = request.method === "PATCH" ? "application/merge-patch+json" : "application/json";
      pipelineRequest.headers.set("content-type", contentType);
    }
    if (request.isStreamed === true) pipelineRequest.streamResponseStatusCodes = new Set([Number.POSITIVE_INFINITY]);
    return pipelineRequest;
  }
}

/** Loads Node's client only now: it takes longer to load than all of `tenure`. */
async function createAgent({ endpoint, tlsOptions }: FoundrySettings): Promise<Agent> {
  const kept = { keepAlive: true, timeout: IDLE_MS };
  if (endpoint.isPlainHttp) return new (await import("node:http")).Agent(kept);
  return new (await import("node:https")).Agent({ ...kept, ...tlsOptions });
}

/** The promise's result, or the signal's reason if that comes first: a credential may not know how to stop. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(abortedError(signal));
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
