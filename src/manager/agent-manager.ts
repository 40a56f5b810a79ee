import { assertAgentName } from "../config/index.ts";
import { tell, TenureError, throwIfAborted } from "../errors/index.ts";
import type { AgentKey, AgentRegistry, ProcessIdentity } from "../registry/contract/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { AgentService } from "../services/contract/index.ts";
import { cleanupAgent } from "./cleanup-agent.ts";
import { type CleanupAllReport, cleanupEach } from "./cleanup-all.ts";
import type { ManagerCore } from "./manager-core.ts";
import { createDefaultManager } from "./default-manager.ts";
import { ephemeralName } from "./ephemeral-name.ts";
import type { TenureEvent, UndatedEvent } from "./events.ts";
import type { AgentRequest, ManagedAgent, ResolveOptions } from "./managed-agent.ts";
import { OpenWork } from "./open-work.ts";
import { type ManagerOptions, type ResolvedManagerOptions, resolveOptions } from "./options.ts";
import { newProcessIdentity } from "./process-identity.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import { ResourceLocks } from "./protocol/resource-locks.ts";
import { recoverScope, type RecoveryOptions, type RecoveryReport } from "./recovery/recover-scope.ts";
import { StartSweep } from "./recovery/start-sweep.ts";
import { Resolver } from "./resolver.ts";
import { type AgentMetadata, type AgentStats, listMetadata, readMetadata, readStatistics } from "./statistics.ts";
import { UsageBuffer } from "./usage/usage-buffer.ts";
import type { RunRecord } from "./usage/usage-cell.ts";

/** How long `close` lets resolutions under way come to their end. */
const CLOSE_GRACE_MS = 10_000;

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
  readonly #startSweep = new StartSweep();
  readonly #listeners = new Set<(event: TenureEvent) => void>();
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
    if (resolved.onEvent !== undefined) this.#listeners.add(resolved.onEvent);
    this.#context = {
      options: resolved,
      process: this.process,
      locks: new ResourceLocks(),
      emit: (event) => this.emit(event),
    };
    this.#usage = new UsageBuffer({
      registry: resolved.registry,
      runtime: resolved.runtime,
      processId: this.process.id,
      flushMs: resolved.flushMs,
      onDelay: (message) => this.emit({ type: "usage.delayed", message }),
    });
    this.#work = new OpenWork(resolved.runtime, resolved.timeoutMs);
    this.#resolver = new Resolver(this.#context, {
      usage: this.#usage,
      work: this.#work,
      open: () => this.#open(),
    });
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
    if (this.#closing !== undefined) return Promise.reject(closedError());
    return this.#resolver.resolve(request, options);
  }

  /** An agent of this process alone: never shared, deleted by `cleanupAgent` with the name it returns, or by cleanup once this process is gone. */
  async createEphemeralAgent(request: AgentRequest, options?: ResolveOptions): Promise<ManagedAgent> {
    this.#assertOpen();
    assertAgentName(request.agentName);
    const agentName = ephemeralName(request.agentName, this.runtime.newId());
    return this.#resolver.resolve({ ...request, agentName }, options, this.process);
  }

  /** The service did not know the agent at a run: looks, makes it again if it is gone, and gives what is there now. */
  async repair(agent: ManagedAgent, options: ResolveOptions = {}): Promise<ManagedAgent> {
    this.#assertOpen();
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

  /** Whether the registry knows a committed agent of this name. */
  async isAgentRegistered(agentName: string): Promise<boolean> {
    return (await this.getAgentMetadata(agentName))?.remote !== undefined;
  }

  /** What the registry knows of the agent; `undefined` if nothing. */
  async getAgentMetadata(agentName: string): Promise<AgentMetadata | undefined> {
    this.#assertOpen();
    assertAgentName(agentName);
    await this.#open();
    return readMetadata(this.registry, this.keyOf(agentName));
  }

  /** Every agent of this scope, by name. */
  async listAgents(): Promise<readonly AgentMetadata[]> {
    this.#assertOpen();
    await this.#open();
    return Array.fromAsync(listMetadata(this.#place()));
  }

  /** Use, tokens and cost over all processes of the registry; what this process has counted is written first. */
  async getAgentStats(): Promise<AgentStats> {
    this.#assertOpen();
    await this.#open();
    await this.#usage.flush();
    return readStatistics(this.#place());
  }

  /** Deletes in the service what Tenure made for the agent, then its record. `false` if the agent is unknown. */
  async cleanupAgent(agentName: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<boolean> {
    this.#assertOpen();
    assertAgentName(agentName);
    throwIfAborted(options.signal);
    await this.#open();
    await this.#usage.flush();
    this.#assertOpen();
    this.#resolver.known.forget(agentName);
    const key = this.keyOf(agentName);
    return this.#work
      .withDeadline(options.signal, (deadline) => cleanupAgent(this.#context, { key, deadline }))
      .finally(() => this.#resolver.known.forget(agentName));
  }

  /** Deletes every agent of this scope, those included that only their stamps tell of. One failure does not keep the others. */
  async cleanupAll(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<CleanupAllReport> {
    await this.recover({ signal: options.signal });
    const names = (await this.listAgents()).map((agent) => agent.agentName);
    return cleanupEach(names, (agentName) => this.cleanupAgent(agentName, options));
  }

  /** One recovery sweep over the scope: unfinished intents, stamps without record, copies of late writes, records without agent. */
  async recover(options: RecoveryOptions = {}): Promise<RecoveryReport> {
    this.#assertOpen();
    await this.#open();
    return recoverScope(this.#context, options);
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
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners. For parts that stand around the manager. */
  emit(event: UndatedEvent): void {
    const dated = { ...event, at: this.runtime.now() };
    for (const listener of this.#listeners) tell(listener, dated);
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

  /** What parts that build on the manager work with. Opens it first; rejects with `closed`. */
  protected async enter(): Promise<ManagerCore> {
    this.#assertOpen();
    await this.#open();
    const { known, looks } = this.#resolver;
    return { ...this.#context, known, looks, usage: this.#usage };
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
    if (this.options.recoverOnStart && this.#closing === undefined) this.#startSweep.begin(this.#context);
  }

  async #close(): Promise<void> {
    await this.#startSweep.end(closedError());
    await this.#work.end(closedError(), CLOSE_GRACE_MS);
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

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  #place(): { readonly registry: AgentRegistry; readonly location: string; readonly scope: string } {
    return { registry: this.registry, location: this.service.location, scope: this.scope };
  }
}

function closedError(): TenureError {
  return new TenureError("closed", "The manager was closed.");
}
