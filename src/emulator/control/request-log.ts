import type { Clock } from "../clock.ts";

/** One request to the service. */
export interface RequestLogEntry {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** Null while unanswered, and for good if the connection was cut. */
  readonly status: number | null;
  readonly requestId: string;
  /** From the arrival of the body to the answer's start, in milliseconds; null while unanswered. */
  readonly durationMs: number | null;
  /** ISO 8601. */
  readonly at: string;
  /** The W3C trace context that came with it. */
  readonly traceparent?: string | undefined;
  /** Effect of the fault that struck. */
  readonly fault?: string | undefined;
  /** Only on request: the JSON that was sent, or the text if it is no JSON. Of a body of more than a million characters only its length. */
  readonly body?: unknown;
}

/** An entry that is still open. */
export interface OpenEntry {
  /** Names the fault that struck. */
  mark(fault: string): void;
  /** Closes the entry; without a status: the connection was cut. */
  close(status: number | undefined): void;
}

type MutableEntry = { -readonly [Key in keyof RequestLogEntry]: RequestLogEntry[Key] };

/** Older entries are forgotten, so that a long-lived emulator does not grow without bound. */
const maxEntries = 20_000;

/** Longer bodies are not kept, for the same reason. In characters. */
const maxBodyLength = 1024 * 1024;

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The latest requests in the order of their arrival. */
export class RequestLog {
  readonly #clock: Clock;
  #entries: { entry: MutableEntry; body: string }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(request: {
    method: string;
    url: URL;
    requestId: string;
    body: string;
    traceparent: string | undefined;
  }): OpenEntry {
    const startedMs = this.#clock.nowMs();
    const entry: MutableEntry = {
      method: request.method,
      path: request.url.pathname,
      query: request.url.search,
      status: null,
      requestId: request.requestId,
      durationMs: null,
      at: new Date(startedMs).toISOString(),
      ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
    };
    const { body } = request;
    const kept = body.length > maxBodyLength ? `(${body.length} characters, not kept)` : body;
    this.#entries.push({ entry, body: kept });
    if (this.#entries.length > maxEntries * 2) this.#entries = this.#entries.slice(-maxEntries);
    return {
      mark: (fault) => {
        entry.fault = fault;
      },
      close: (status) => {
        entry.status = status ?? null;
        entry.durationMs = this.#clock.nowMs() - startedMs;
      },
    };
  }

  list(withBody: boolean): RequestLogEntry[] {
    return this.#entries.slice(-maxEntries).map(({ entry, body }) => {
      return withBody && body !== "" ? { ...entry, body: parseBody(body) } : { ...entry };
    });
  }

  clear(): void {
    this.#entries = [];
  }
}
