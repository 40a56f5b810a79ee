import { assertObject, booleanOption, refuseUnknown } from "../config/option-checks.ts";
import { tell, TenureError } from "../errors/index.ts";
import { checkCallOptions } from "../manager/index.ts";
import type { ProductionAgentOptions } from "./agent-options.ts";
import type { AgentResponse } from "./agent-response.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { EventChannel } from "./event-channel.ts";
import type { Turn } from "./history.ts";
import type { MaybeFormat, ParsedOutput } from "./parsed-output.ts";
import { AgentSource } from "./pipeline/agent-source.ts";
import { performRun } from "./pipeline/perform-run.ts";
import { RunDeadline } from "./pipeline/run-deadline.ts";
import { RunScope } from "./pipeline/run-scope.ts";
import { untilAborted } from "./pipeline/until-aborted.ts";
import { type PresetName, presetOptions } from "./presets/agent-preset.ts";
import { readOptions } from "./read-options.ts";
import type { RunEvent } from "./run-events.ts";
import { readRunOptions, type RunOptions, type RunRequest } from "./run-options.ts";
import { OwnSession } from "./sessions/own-session.ts";
import { type CumulativeStats, Statistics } from "./statistics.ts";

/** What a call on the session can be told. */
export interface SignalOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

const CLEANUP_OPTIONS: ReadonlySet<string> = new Set<keyof CleanupOptions>(["deleteAgent"]);

/** What `cleanup` does beside ending the object's own things. */
export interface CleanupOptions {
  /** Also deletes the shared agent, for everybody: `manager.cleanupAgent(agentName)`. Default `false`. */
  readonly deleteAgent?: boolean | undefined;
}

/**
 * An agent to ask. It holds one session (a conversation that goes on from run to run), calls the caller's tools when the model wants them, and reports what
 * each run took.
 *
 * Making one does no I/O, so one per request is fine: the agent behind it is shared and found in memory. Overlapping runs of one session are run one
 * after the other. Throws, like `run` and `stream`, only for misuse: `invalid_option`, `invalid_config`, `unknown_field`, `invalid_name`,
 * `model_missing`, `endpoint_missing`, `closed`. What goes wrong in a run is in its response.
 */
export class ProductionAgent<Format extends MaybeFormat = undefined> implements AsyncDisposable {
  readonly #settings: AgentSettings;
  readonly #source: AgentSource;
  readonly #session: OwnSession;
  readonly #statistics = new Statistics();
  /** Runs and late evaluations; `cleanup` waits for them. */
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<boolean> | undefined;

  constructor(options: ProductionAgentOptions<Format>) {
    this.#settings = readOptions(options);
    this.#source = new AgentSource(this.#settings);
    this.#session = new OwnSession(this.#settings, this.#source);
  }

  /** An agent with a preset's name and instructions; `options` add to it and replace parts of it. An unknown name throws `invalid_option`. */
  static fromPreset<Format extends MaybeFormat = undefined>(
    name: PresetName,
    options: Partial<ProductionAgentOptions<Format>> = {},
  ): ProductionAgent<Format> {
    assertObject("options", options);
    // What is `undefined` counts as absent here too, and takes nothing of the preset away.
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    return new ProductionAgent<Format>({ ...presetOptions(name), ...given });
  }

  /** The caller's name of the agent. */
  get agentName(): string {
    return this.#settings.agentName;
  }

  /** The session's id. With it another object, process or host goes on with the conversation. */
  get sessionId(): string {
    return this.#settings.sessionId;
  }

  /** What was said in this object's successful runs, oldest first, and what `loadHistory` has read. A copy. */
  get history(): readonly Turn[] {
    return this.#session.history;
  }

  /** Asks one question. Resolves also for a failed run; rejects only for misuse. */
  async run(query: string, options: RunOptions = {}): Promise<AgentResponse<ParsedOutput<Format>>> {
    const request = this.#read(query, options);
    return this.#track(this.#perform(request, { listener: () => undefined, streaming: false, parents: [] }));
  }

  /**
   * Asks one question and tells what happens as it happens; the last event is the result. The run begins with the loop, and leaving the loop
   * cancels it. Throws at once for misuse.
   */
  stream(query: string, options: RunOptions = {}): AsyncIterable<RunEvent<ParsedOutput<Format>>> {
    return this.#stream(this.#read(query, options));
  }

  /** Reads the whole conversation from the service, for a session that another process began. Afterwards `history` has it too. */
  async loadHistory(options: SignalOptions = {}): Promise<readonly Turn[]> {
    this.#assertOpen();
    checkCallOptions("loadHistory", options);
    return this.#session.load(options.signal);
  }

  /** Deletes the service's conversation and forgets what was said: the next run begins anew, in the same session. Waits for runs under way. */
  async clearHistory(options: SignalOptions = {}): Promise<void> {
    this.#assertOpen();
    checkCallOptions("clearHistory", options);
    await this.#track(this.#session.clear(options.signal));
  }

  /** What this object's runs have come to. */
  getCumulativeStats(): CumulativeStats {
    return this.#statistics.read();
  }

  /**
   * Ends this object: waits for its runs, ends the session if its id was not the caller's (nobody else knows it), deletes the agent if it is the object's
   * own (`reuseAgent: false`). A shared agent stays, because others use it, unless `deleteAgent` orders otherwise. Resolves to whether an agent
   * was deleted. Twice is fine; runs after it throw `closed`.
   */
  async cleanup(options: CleanupOptions = {}): Promise<boolean> {
    assertObject("options", options);
    refuseUnknown("cleanup", options, CLEANUP_OPTIONS);
    booleanOption("deleteAgent", options.deleteAgent);
    this.#closing ??= this.#cleanup(options);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }

  async #cleanup({ deleteAgent = false }: CleanupOptions): Promise<boolean> {
    await Promise.allSettled(this.#underWay);
    // Whether the sessions could be ended or not: the agent must not stay because of it.
    const [ended] = await Promise.allSettled([this.#endSessions(deleteAgent)]);
    const deleted = await this.#deleteAgent(deleteAgent);
    if (ended.status === "rejected") throw ended.reason;
    return deleted;
  }

  /** An agent that goes takes its sessions' records with it: their conversations would stay in the service with nobody to know them. */
  async #endSessions(all: boolean): Promise<void> {
    const hasRun = this.#statistics.read().runs > 0;
    if (hasRun && (all || this.#settings.isOwnSession || !this.#settings.reuseAgent)) await this.#session.end();
    if (all) await this.#session.endOthers();
  }

  #deleteAgent(shared: boolean): Promise<boolean> {
    if (!this.#settings.reuseAgent) return this.#source.deleteOwn();
    return shared ? this.#settings.manager.cleanupAgent(this.agentName) : Promise.resolve(false);
  }

  #read(query: string, options: RunOptions): RunRequest {
    this.#assertOpen();
    return readRunOptions(query, options, this.#settings);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined)
      throw new TenureError("closed", `This ProductionAgent of ${this.agentName} was cleaned up.`);
    if (this.#settings.manager.isClosed)
      throw new TenureError("closed", `The manager of this ProductionAgent of ${this.agentName} was closed.`);
  }

  async *#stream(request: RunRequest): AsyncGenerator<RunEvent<ParsedOutput<Format>>, void, undefined> {
    this.#assertOpen();
    const left = new AbortController();
    const channel = new EventChannel<RunEvent<ParsedOutput<Format>>>();
    // `performRun` tells everything but the result, the only event whose type depends on the format.
    const listener = (event: RunEvent): void => channel.push(event as RunEvent<ParsedOutput<Format>>);
    const running = this.#track(this.#perform(request, { listener, streaming: true, parents: [left.signal] }))
      .then((response) => channel.push({ type: "result", response }))
      .finally(() => channel.close());
    try {
      yield* channel.read();
    } finally {
      left.abort(new TenureError("aborted", "The reader left the stream."));
      await running;
    }
  }

  /** The manager waits for it when it closes, and cuts it off when that takes too long: what it used must be counted before the last flush. */
  #perform(request: RunRequest, how: RunManner): Promise<AgentResponse<ParsedOutput<Format>>> {
    return this.#settings.manager.underWay((closing) =>
      this.#performUntil(request, { ...how, parents: [...how.parents, closing] }),
    );
  }

  async #performUntil(request: RunRequest, how: RunManner): Promise<AgentResponse<ParsedOutput<Format>>> {
    const { manager } = this.#settings;
    const reason = (): TenureError =>
      new TenureError("timeout", `The run did not end within ${request.timeoutMs} ms.`, { retryable: true });
    const parents = request.signal === undefined ? how.parents : [request.signal, ...how.parents];
    using deadline = new RunDeadline(manager.runtime, request.timeoutMs, { reason, parents });
    const listener = (event: RunEvent): void => {
      this.#tellProgress(event);
      how.listener(event);
    };
    const settings = request.standalone ? { ...this.#settings, sessionId: manager.runtime.newId() } : this.#settings;
    const run = new RunScope({ settings, request, deadline, listener, streaming: how.streaming });
    const response = await performRun(run, {
      source: this.#source,
      later: (work) => void this.#track(this.#addLater(work)),
    });
    this.#statistics.addRun(response, run.tally.costPico);
    if (request.standalone) await this.#endStandalone(settings);
    else this.#session.remember(run, response);
    // The pipeline parses by the format that gives `Format` its type.
    return response as AgentResponse<ParsedOutput<Format>>;
  }

  /** A session that could not be ended is found by its age; the run has its answer. */
  async #endStandalone(settings: AgentSettings): Promise<void> {
    await new OwnSession(settings, this.#source).end().catch(() => undefined);
  }

  /** An evaluation that the response was not waiting for. When the manager closes it is waited for as runs are, then given up. */
  async #addLater(work: Parameters<Parameters<typeof performRun>[1]["later"]>[0]): Promise<void> {
    const result = await this.#settings.manager.underWay((closing) =>
      untilAborted(work, closing).catch(() => undefined),
    );
    if (result !== undefined) this.#statistics.addEvaluation(result);
  }

  #tellProgress(event: RunEvent): void {
    if (event.type === "progress") tell(this.#settings.onProgress, event);
  }

  #track<Value>(work: Promise<Value>): Promise<Value> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }
}

/** How one run is watched. */
interface RunManner {
  readonly listener: (event: RunEvent) => void;
  readonly streaming: boolean;
  /** Signals that end it, beside the caller's. */
  readonly parents: readonly AbortSignal[];
}
