import type { Clock } from "../clock.ts";
import type { IdSource } from "../ids.ts";
import type { ResolvedEmulatorOptions } from "../options.ts";
import type { AgentRecord, EmulatorState } from "../state.ts";

/** What a handler is given. */
export interface RouteContext {
  /** Method and headers. Its body is empty: read it with `json()` or `text()`. */
  readonly request: Request;
  readonly url: URL;
  /** The `:params` of the route's path, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly project: string;
  readonly state: EmulatorState;
  readonly clock: Clock;
  readonly options: ResolvedEmulatorOptions;
  readonly requestId: string;
  readonly ids: IdSource;
  /** The agents as a list shows them: older than `state.agents` under a `stale-list` fault. Lists read this one. */
  readonly listedAgents: ReadonlyMap<string, AgentRecord>;
  /** Aborted when the client has gone before the answer was complete. */
  readonly signal: AbortSignal;
  /** The body as JSON; `{}` if it is empty. Throws a `ServiceError` 400 `invalid_payload` if it is no JSON. */
  json(): Promise<unknown>;
  text(): Promise<string>;
  /** Says that the state changed outside the request's own course (a background response, the end of a stream), so that the data file follows. */
  changed(): void;
}

/** Answers one request. A `ServiceError` that it throws becomes the answer. */
export type Handler = (context: RouteContext) => Response | Promise<Response>;

/** One row of the routing table. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below `/api/projects/:project`, with `:params` that take one segment. `/agents/:name:enable` is a parameter and a verb. */
  readonly path: string;
  readonly handler: Handler;
}
