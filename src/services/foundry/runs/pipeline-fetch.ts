import type { PipelineResponse } from "@azure/core-rest-pipeline";
import { Readable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { abortedError, TenureError } from "../../../errors/index.ts";
import { connectionError } from "../http/connection-error.ts";
import { readFailure, type ServiceFailure } from "../http/service-failure.ts";
import type { FoundryTransport } from "../http/transport.ts";
import type { FoundrySettings } from "../options.ts";

/** The part of `fetch` that the `openai` client uses. */
export type PipelineFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Why there is no answer for the client to read. Carried past the client, which would keep neither the body of a gateway's page nor the
 * difference between "not sent" and "broken". No `message` of the service in here: the client looks for "timed out" in it.
 */
export class FetchFailure extends Error {
  override readonly name = "FetchFailure";
  readonly reason: ServiceFailure | TenureError;

  constructor(reason: ServiceFailure | TenureError) {
    super("The request has no answer to read.");
    this.reason = reason;
  }
}

/** Headers that the pipeline sets itself: its own token, agent and lengths. */
const PIPELINE_HEADERS = new Set([
  "authorization",
  "user-agent",
  "content-length",
  "content-type",
  "host",
  "connection",
]);
const METHODS = ["GET", "POST", "DELETE"] as const;

/**
 * A `fetch` over the same pipeline as the agents' requests: same token, proxy, certificates and connections. Rejects with `FetchFailure` for
 * every answer that is no 2xx.
 */
export function createPipelineFetch(transport: FoundryTransport, settings: FoundrySettings): PipelineFetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    const method = METHODS.find((known) => known === init.method?.toUpperCase()) ?? "GET";
    const signal = init.signal ?? new AbortController().signal;
    const exchange = await transport
      .exchange({ method, url, signal, headers: ownHeaders(init), body: readBody(init), isStreamed: true })
      .catch((error: unknown) => {
        throw new FetchFailure(TenureError.from(error));
      });
    if (exchange.kind === "broken") {
      const request = `${method} ${new URL(url).pathname}`;
      throw new FetchFailure(
        signal.aborted ? abortedError(signal) : connectionError(exchange.cause, settings.endpoint.host, request),
      );
    }
    return toResponse(exchange.response, settings);
  };
}

function ownHeaders(init: RequestInit): Record<string, string> {
  return Object.fromEntries([...new Headers(init.headers)].filter(([name]) => !PIPELINE_HEADERS.has(name)));
}

function readBody({ body }: RequestInit): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body === "string") return body;
  throw new TenureError("internal", "The openai client sent a body that is no text.");
}

async function toResponse(answer: PipelineResponse, settings: FoundrySettings): Promise<Response> {
  const { status } = answer;
  const headers = new Headers([...answer.headers]);
  const body = answer.readableStreamBody;
  if (status < 200 || status > 299) {
    const text = body === undefined ? "" : await readAll(body).catch(() => "");
    throw new FetchFailure(readFailure({ status, headers, text }, settings.runtime.now()));
  }
  // The pipeline has already unpacked the body.
  headers.delete("content-encoding");
  headers.delete("content-length");
  const isEmpty = body === undefined || status === 204 || status === 205;
  return new Response(isEmpty ? null : toWebStream(body), { status, headers });
}

function toWebStream(body: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  return Readable.toWeb(body instanceof Readable ? body : new Readable().wrap(body));
}
