import type { TenureError } from "../../../errors/index.ts";
import type { CallOptions } from "../../contract/index.ts";
import { Deadline } from "../http/deadline.ts";
import { repeatWhilePassing } from "../http/repeat.ts";
import type { FoundryTransport } from "../http/transport.ts";
import type { FoundrySettings } from "../options.ts";
import { OpenAiCaller, type RunAnswer, type RunRequest } from "./open-ai.ts";
import { isNotBegun } from "./run-failure.ts";

/** A request and the caller's signal. */
export type SignalledRequest = Omit<RunRequest, "signal"> & CallOptions;

/** An answer that still flows. Whoever got it disposes it. */
export interface OpenStream extends RunAnswer<AsyncIterable<unknown>> {
  readonly deadline: Deadline;
}

/** Requests about runs with their time-outs, repeated where nothing was begun. */
export class RunSender {
  readonly #settings: FoundrySettings;
  readonly #caller: OpenAiCaller;

  constructor(settings: FoundrySettings, transport: FoundryTransport) {
    this.#settings = settings;
    this.#caller = new OpenAiCaller(settings, transport);
  }

  /** Within `timeoutMs`, or the time given. Repeated only if the service said that it did not begin. */
  async send(request: SignalledRequest, timeoutMs: number = this.#settings.timeoutMs): Promise<RunAnswer<unknown>> {
    return this.#repeating(request, isNotBegun, () => this.#callOnce(request, timeoutMs));
  }

  /** A read: repeated after every passing failure but a time-out. */
  async read(request: SignalledRequest): Promise<RunAnswer<unknown>> {
    const isPassing = ({ retryable, code }: TenureError): boolean => retryable && code !== "timeout";
    return this.#repeating(request, isPassing, () => this.#callOnce(request, this.#settings.timeoutMs));
  }

  /** A stream whose beginning may take `runTimeoutMs`. */
  async open(request: SignalledRequest): Promise<OpenStream> {
    return this.#repeating(request, isNotBegun, async () => {
      const deadline = new Deadline(this.#settings.runtime, this.#settings.runTimeoutMs, request.signal);
      try {
        return { ...(await this.#caller.stream({ ...request, signal: deadline.signal })), deadline };
      } catch (error) {
        deadline[Symbol.dispose]();
        throw error;
      }
    });
  }

  async #callOnce(request: SignalledRequest, timeoutMs: number): Promise<RunAnswer<unknown>> {
    using deadline = new Deadline(this.#settings.runtime, timeoutMs, request.signal);
    return await this.#caller.call({ ...request, signal: deadline.signal });
  }

  #repeating<Value>(
    { signal }: SignalledRequest,
    isPassing: (error: TenureError) => boolean,
    attempt: () => Promise<Value>,
  ): Promise<Value> {
    const { runtime, maxRetries, maxRetryAfterMs } = this.#settings;
    return repeatWhilePassing(attempt, { runtime, maxRetryAfterMs, retries: maxRetries, signal, isPassing });
  }
}
