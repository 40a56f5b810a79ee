import type { Clock } from "../clock.ts";
import { ServiceError } from "../errors.ts";
import type { IdSource } from "../ids.ts";
import type { ResolvedEmulatorOptions } from "../options.ts";
import type { AgentRecord, EmulatorState } from "../state.ts";
import type { Call } from "./call.ts";
import type { RouteContext } from "./route.ts";

/** What every call of one emulator has in common. */
export interface Surroundings {
  readonly options: ResolvedEmulatorOptions;
  readonly state: EmulatorState;
  readonly ids: IdSource;
  readonly changed: () => void;
}

/** What differs from call to call beside the call itself. */
export interface CallDetails {
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly listedAgents: ReadonlyMap<string, AgentRecord>;
}

/** The `RouteContext` of one call. A `Request` is made only for the handler that asks for it: it is the dearest part of a call. */
export class CallContext implements RouteContext {
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly project: string;
  readonly state: EmulatorState;
  readonly clock: Clock;
  readonly options: ResolvedEmulatorOptions;
  readonly requestId: string;
  readonly ids: IdSource;
  readonly listedAgents: ReadonlyMap<string, AgentRecord>;
  readonly signal: AbortSignal;
  readonly changed: () => void;
  readonly #call: Call;
  #request: Request | undefined;

  constructor(call: Call, surroundings: Surroundings, details: CallDetails) {
    this.#call = call;
    this.url = call.url;
    this.signal = call.signal;
    this.params = details.params;
    this.requestId = details.requestId;
    this.listedAgents = details.listedAgents;
    this.options = surroundings.options;
    this.project = surroundings.options.project;
    this.clock = surroundings.options.clock;
    this.state = surroundings.state;
    this.ids = surroundings.ids;
    this.changed = surroundings.changed;
  }

  get request(): Request {
    const { method, url, headers } = this.#call;
    this.#request ??= new Request(url, { method, headers });
    return this.#request;
  }

  async json(): Promise<unknown> {
    if (this.#call.body.trim() === "") return {};
    try {
      return JSON.parse(this.#call.body);
    } catch {
      throw new ServiceError(400, "invalid_payload", "The body is not valid JSON");
    }
  }

  async text(): Promise<string> {
    return this.#call.body;
  }
}
