import { abortedError, type TenureError } from "../errors/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { Deadline } from "./deadline.ts";

/** How long what is under way may take to come to its end. */
const GRACE_MS = 10_000;

/** What a manager has under way: it ends before the registry closes, and nothing begins afterwards. */
export class OpenWork {
  readonly #runtime: Runtime;
  readonly #timeoutMs: number;
  readonly #calls = new Set<Promise<unknown>>();
  readonly #deadlines = new Set<Deadline>();
  readonly #closing = new AbortController();
  readonly #cutOff = new AbortController();
  #ended: TenureError | undefined;

  /** `timeoutMs`: what each piece of work has. */
  constructor(runtime: Runtime, timeoutMs: number) {
    this.#runtime = runtime;
    this.#timeoutMs = timeoutMs;
  }

  /** Fires as soon as `end` is called: what nobody waits for has no grace. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Throws the reason of `end` once that was called. */
  assertOpen(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** The same promise, waited for by `end`, what its caller does in the same turn included. */
  async track<Value>(call: Promise<Value>): Promise<Value> {
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Runs the work with a deadline that fires with the signal too, and soon after `end`. */
  async withDeadline<Value>(
    signal: AbortSignal | undefined,
    work: (deadline: Deadline) => Promise<Value>,
  ): Promise<Value> {
    using deadline = new Deadline(this.#runtime, this.#timeoutMs, signal);
    this.#deadlines.add(deadline);
    if (this.#cutOff.signal.aborted) deadline.abort(abortedError(this.#cutOff.signal));
    try {
      return await this.track(work(deadline));
    } finally {
      this.#deadlines.delete(deadline);
    }
  }

  /** Runs work that has a time of its own. Its signal fires with the given one too, and with the reason of `end` once the grace is over. */
  withSignal<Value>(work: (cutOff: AbortSignal) => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const cutOff = this.#cutOff.signal;
    return this.track(work(signal === undefined ? cutOff : AbortSignal.any([signal, cutOff])));
  }

  /** Lets everything under way come to its end, cuts it off with the reason after 10 s, and resolves when all of it is over. */
  async end(reason: TenureError): Promise<void> {
    this.#ended = reason;
    this.#closing.abort(reason);
    const timer = this.#runtime.setTimer(GRACE_MS, () => {
      this.#cutOff.abort(reason);
      for (const deadline of this.#deadlines) deadline.abort(reason);
    });
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    timer.cancel();
  }
}
