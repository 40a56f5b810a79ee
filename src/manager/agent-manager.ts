import { assertAgentName } from "../config/index.ts";
import { TenureError, throwIfAborted } from "../errors/index.ts";
import type { AgentKey, AgentRegistry, ProcessIdentity } from "../registry/contract/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { AgentService } from "../services/contract/index.ts";
import { cleanupAgent } from "./cleanup-agent.ts";
import { type CleanupAllReport, type CleanupCallOptions, cleanupEach } from "./cleanup-all.ts";
import type { ManagerCore } from "./manager-core.ts";
import { createDefaultManager } from "./default-manager.ts";
import { ephemeralName } from "./ephemeral-name.ts";
import type { TenureEvent, UndatedEvent } from "./events.ts";
import type { AgentRequest, ManagedAgent, ResolveOptions } from "./managed-agent.ts";
import { Listeners } from "./listeners.ts";
import { OpenWork } from "./open-work.ts";
import { checkCallOptions, type ManagerOptions, type ResolvedManagerOptions, resolveOptions } from "./options.ts";
import { newProcessIdentity } from "./process-identity.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import { ResourceLocks } from "./protocol/resource-locks.ts";
import type { Birth } from "./protocol/target.ts";
import { checkRecoveryOptions, recoverScope } from "./recovery/recover-scope.ts";
import type { RecoveryOptions, RecoveryReport } from "./recovery/recover-scope.ts";
import { sweepAtStart } from "./recovery/start-sweep.ts";
import { assertRequest, Resolver } from "./resolver.ts";
import { type AgentMetadata, findAgent, type FoundAgent, listNames, listRegistered } from "./metadata.ts";
import { type AgentStats, readStatistics } from "./statistics.ts";
import { UsageBuffer } from "./usage/usage-buffer.ts";
import type { RunRecord } from "./usage/usage-cell.ts";

/**
 * Gives a program the one agent that fits its configuration: created at most once, shared by all callers, processes and hosts of one registry.
 *
 * Opens nothing until it is first used. Close it, or declare it with `await using`.
 */
export class AgentManager implements AsyncDisposable {
  readonly service: AgentService;
  readonly registry: AgentRegistry;
  readonly scope: string;
  readonly runtime: Runtime;
  /** Model deployment for configurations that name none; absent if neither the options nor the environment name one. */
  readonly model: string | undefined;
  /** Who this manager is to other processes. */
  readonly process: ProcessIdentity;
  /** With every default filled in. */
  protected readonly options: ResolvedManagerOptions;
  readonly #context: ProtocolContext;
  readonly #usage: UsageBuffer;
  readonly #work: OpenWork;
  readonly #resolver: Resolver;
  readonly #listeners: Listeners;
  readonly #beforeClose = new Set<() => Promise<void>>();
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Checks the options; throws `invalid_option`. */
  constructor(options: ManagerOptions) {
    const resolved = resolveOptions(options);
    this.options = resolved;
    this.service = resolved.service;
    this.registry = resolved.registry;
    this.scope = resolved.scope;
    this.runtime = resolved.runtime;
    this.model = resolved.model;
    this.process = newProcessIdentity(resolved.runtime);
    this.#listeners = new Listeners(resolved.runtime, resolved.onEvent);
    this.#context = {
      options: resolved,
      process: this.process,
      locks: new ResourceLocks(),
      emit: (event) => this.emit(event),
    };
    this.#usage = new UsageBuffer(this.#context);
    this.#work = new OpenWork(resolved.runtime, resolved.timeoutMs);
    this.#resolver = new Resolver(this.#context, { usage: this.#usage, work: this.#work, open: () => this.#open() });
  }

  /**
   * The manager that the environment describes (`FOUNDRY_PROJECT_ENDPOINT`, `FOUNDRY_MODEL_NAME`, `TENURE_REGISTRY`, `TENURE_SCOPE`), one per process and
   * set of values. Throws `endpoint_missing` if there is no endpoint.
   */
  static default(): AgentManager {
    return createDefaultManager(AgentManager);
  }

  /**
   * The one agent that fits the configuration. A known one is given from memory; a new one is made by whoever comes first, and the others wait for it.
   * Every failure is a `TenureError`; wrong input is refused before any I/O, and nothing half-made is left that recovery would not find.
   */
  getOrCreateAgent(request: AgentRequest, options?: ResolveOptions): Promise<ManagedAgent> {
    return this.resolve(request, options);
  }

  /** An agent of this process alone: never shared, deleted by `cleanupAgent` with the name it returns, or by cleanup once this process is gone. */
  async createEphemeralAgent(request: AgentRequest, options?: ResolveOptions): Promise<ManagedAgent> {
    this.assertOpen();
    assertRequest(request);
    assertAgentName(request.agentName);
    const agentName = ephemeralName(request.agentName, this.runtime.newId());
    return this.#resolver.resolve({ ...request, agentName }, options, { ephemeralOwner: this.process });
  }

  /** The service did not know the agent at a run: looks, makes it again if it is gone, and gives what is there now. */
  async repair(agent: ManagedAgent, options: ResolveOptions = {}): Promise<ManagedAgent> {
    this.assertOpen();
    const known = this.#resolver.known.get(agent.agentName, agent.fingerprint);
    if (known === undefined) {
      throw new TenureError(
        "agent_not_found",
        `Agent "${agent.agentName}" is gone from the service, and this process does not know its configuration any more.`,
      );
    }
    return this.#resolver.resolveAnew(known.config, options, agent.sessionId);
  }

  /** Counts a run of the agent, to be written with the next flush. */
  recordRun(agent: ManagedAgent, run: RunRecord): void {
    const known = this.#resolver.known.get(agent.agentName, agent.fingerprint);
    const cell = known?.usage ?? this.#usage.cell(this.keyOf(agent.agentName), agent.fingerprint);
    cell.countRun(run);
  }

  /** Whether `listAgents` shows the agent: a revision of it was made, and is there as far as the registry knows. */
  async isAgentRegistered(agentName: string): Promise<boolean> {
    return (await this.#find(agentName))?.isRegistered ?? false;
  }

  /** What the registry knows of the agent, also while its first revision is being made, or may have been; `undefined` if nothing. */
  async getAgentMetadata(agentName: string): Promise<AgentMetadata | undefined> {
    return (await this.#find(agentName))?.metadata;
  }

  /** Every agent of this scope of which there is a revision, by name. */
  async listAgents(): Promise<readonly AgentMetadata[]> {
    const { options } = await this.enter();
    return Array.fromAsync(listRegistered(options));
  }

  /** Use, tokens and cost over all processes of the registry; what this process has counted is written first. */
  async getAgentStats(): Promise<AgentStats> {
    const { options } = await this.enter();
    await this.#usage.flush();
    return readStatistics(options);
  }

  /** Deletes in the service what Tenure made for the agent, then its record. `false` if the agent is unknown. */
  async cleanupAgent(agentName: string, options: CleanupCallOptions = {}): Promise<boolean> {
    this.assertOpen();
    assertAgentName(agentName);
    checkCallOptions("cleanupAgent", options);
    throwIfAborted(options.signal);
    const key = this.keyOf(agentName);
    return this.inside(async ({ known, usage, work }) => {
      await usage.flush();
      known.forget(agentName);
      return work
        .withDeadline(options.signal, (deadline) => cleanupAgent(this.#context, { key, deadline }))
        .finally(() => known.forget(agentName));
    });
  }

  /** Deletes every agent of this scope, those included that only their stamps tell of. One failure does not keep the others. */
  async cleanupAll(options: CleanupCallOptions = {}): Promise<CleanupAllReport> {
    checkCallOptions("cleanupAll", options);
    await this.recover({ signal: options.signal });
    const names = await this.inside(({ options: place }) => Array.fromAsync(listNames(place)));
    return cleanupEach(names, (agentName) => this.cleanupAgent(agentName, options));
  }

  /** One recovery sweep over the scope: unfinished intents, stamps without record, copies of late writes, records without agent. */
  async recover(options: RecoveryOptions = {}): Promise<RecoveryReport> {
    checkRecoveryOptions(options);
    return this.inside((core) =>
      core.work.withSignal((signal) => recoverScope(core, { ...options, signal }), options.signal),
    );
  }

  /** Resolutions of this process since the manager was made, hits included: for metrics, read when they are collected. */
  resolutionCounts(): { readonly creations: number; readonly reuses: number } {
    return this.#usage.resolutions;
  }

  /** Writes what was counted. */
  async flush(): Promise<void> {
    await this.#usage.flush();
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** The key under which the registry keeps an agent of this scope. */
  keyOf(agentName: string): AgentKey {
    return this.#resolver.keyOf(agentName);
  }

  /** Hears every event from now on; the result ends it. What a listener throws, or its promise rejects with, is ignored. */
  onEvent(listener: (event: TenureEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Tells the listeners. For parts that stand around the manager. */
  emit(event: UndatedEvent): void {
    this.#listeners.tell(event);
  }

  /** Work that builds on the manager, such as a run: `close` waits 10 s for it, then cuts it off by the signal, with `closed` as reason. */
  underWay<Value>(work: (closing: AbortSignal) => Promise<Value>): Promise<Value> {
    return this.#work.withSignal(work);
  }

  /** Has the work done while the registry is still open, when the manager closes: for parts that buffer writes of their own. A failure of it is ignored. */
  onClose(work: () => Promise<void>): void {
    this.#beforeClose.add(work);
  }

  /** Lets work under way end, writes what was counted and closes all; deletes nothing in the service. Rejects if the counts could not be written. Twice is fine. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** `getOrCreateAgent` for parts that have more to tell of an agent that they make. */
  protected resolve(request: AgentRequest, options?: ResolveOptions, birth?: Birth): Promise<ManagedAgent> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    return this.#resolver.resolve(request, options, birth);
  }

  /** What parts that build on the manager work with. Opens it first; rejects with `closed`. */
  protected async enter(): Promise<ManagerCore> {
    this.assertOpen();
    await this.#open();
    // The registry may have taken its time to open.
    this.assertOpen();
    const { known, looks } = this.#resolver;
    return { ...this.#context, known, looks, usage: this.#usage, work: this.#work };
  }

  /** The same for one call, which `close` waits for. */
  protected inside<Value>(call: (core: ManagerCore) => Promise<Value>): Promise<Value> {
    return this.#work.track(this.enter().then(call));
  }

  /** Fires as soon as `close` is called: for what works in the background. */
  protected get closing(): AbortSignal {
    return this.#work.closing;
  }

  /** Throws `closed`. */
  protected assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  #open(): Promise<void> {
    this.#opening ??= this.#begin().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #begin(): Promise<void> {
    await this.registry.open();
    await this.registry.processes.register({ process: this.process });
    this.#resolver.begin();
    if (!this.options.recoverOnStart || this.#closing !== undefined) return;
    void this.#work.track(sweepAtStart(this.#context, this.#work.closing));
  }

  async #close(): Promise<void> {
    await this.#work.end(closedError());
    this.#usage.stop();
    await Promise.allSettled([...this.#beforeClose].map((work) => work()));
    // Whoever opened it was told if it failed; then nothing was counted.
    await this.#opening?.catch(() => undefined);
    this.#resolver.end();
    try {
      if (this.#opening !== undefined) {
        await this.#usage.flush();
        await this.registry.processes.unregister({ processId: this.process.id });
      }
    } finally {
      await this.registry.close().finally(() => this.service.close());
    }
  }

  async #find(agentName: string): Promise<FoundAgent | undefined> {
    assertAgentName(agentName);
    const { options } = await this.enter();
    return findAgent(options.registry, this.keyOf(agentName));
  }
}

function closedError(): TenureError {
  return new TenureError("closed", "The manager was closed.");
}
