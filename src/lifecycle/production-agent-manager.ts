import { assertAgentName, type Duration, parseDuration, unreadable } from "../config/index.ts";
import {
  AgentManager,
  type AgentRequest,
  type Birth,
  createDefaultManager,
  type ManagedAgent,
  type ManagerCore,
  type ResolveOptions,
} from "../manager/index.ts";
import type { AliasRecord, AgentKey } from "../registry/contract/index.ts";
import { AliasResolver, type AliasRequest, checkAliasRequest, isAliasRequest } from "./aliases/resolve-alias.ts";
import { deleteAlias, getAlias, listAliases, setAlias, type SetAliasOptions } from "./aliases/set-alias.ts";
import {
  type AuditEvent,
  checkEventFilter,
  type EventFilter,
  exportEvents,
  pruneBefore,
  readEvents,
} from "./audit/read-events.ts";
import { checkCleanup, checkOrder, type OrderName } from "./check-orders.ts";
import { checkDrift, type DriftOptions, lookForDrift, setDriftPolicy } from "./drift/check-drift.ts";
import type { DriftFinding } from "./drift/finding.ts";
import { EndpointFollower } from "./endpoint/endpoint-follower.ts";
import { type DriftPolicy, type ProductionAgentManagerOptions, splitOptions } from "./options.ts";
import { type Adoption, adopt } from "./ownership/adopt.ts";
import { describeAgent, type Ownership, type OwnershipChange, readOwnership } from "./ownership/describe.ts";
import { release } from "./ownership/release.ts";
import { type Transfer, transfer, type TransferOptions } from "./ownership/transfer.ts";
import { cleanup, type CleanupReport, type CleanupRunOptions } from "./retention/cleanup.ts";
import { planRetention, type PlanOptions, type RetentionPlan } from "./retention/plan.ts";
import { type CleanupSchedule, startSchedule, type StartCleanupOptions } from "./retention/schedule.ts";
import type { ApplyFleetOptions, Fleet, FleetPlan, FleetReport } from "./fleet/index.ts";
import { currentRevision, listRevisions, type RevisionInfo } from "./revisions/list-revisions.ts";
import { pin, unpin } from "./revisions/pin.ts";
import { promote, type PromoteOptions } from "./revisions/promote.ts";
import { protect, protectionEnd, type ProtectOptions, unprotect, type Until } from "./revisions/protect.ts";
import { rollback, type RollbackOptions } from "./revisions/rollback.ts";
import { keyOf, type LifecycleCallOptions } from "./under-lease.ts";

/**
 * The agent manager with the whole life of its agents: revisions, aliases, drift, ownership and the audit trail.
 *
 * Each method here opens the manager and calls one function of its folder; the folders hold the work. Every change happens under the agent's lease, and
 * every decision is an event of the audit trail.
 */
export class ProductionAgentManager extends AgentManager {
  readonly #aliases = new AliasResolver();
  readonly #endpoints: EndpointFollower;
  readonly #drift: DriftPolicy;

  /** Checks the options; throws `invalid_option`. */
  constructor(options: ProductionAgentManagerOptions) {
    const { core, lifecycle } = splitOptions(options);
    super(core);
    this.#endpoints = new EndpointFollower(lifecycle.pinEndpoint);
    this.#drift = lifecycle.drift;
  }

  /**
   * The manager that the environment describes (`FOUNDRY_PROJECT_ENDPOINT`, `FOUNDRY_MODEL_NAME`, `TENURE_REGISTRY`, `TENURE_SCOPE`), one per process and
   * set of values. Throws `endpoint_missing` if there is no endpoint.
   */
  static override default(): ProductionAgentManager {
    return createDefaultManager(ProductionAgentManager);
  }

  /**
   * The one agent that fits the configuration, or the revision that an alias stands for: `{ agentName, alias: "production" }`. An alias is looked up at most
   * every `freshMs`. Every failure is a `TenureError`; wrong input is refused before any I/O.
   */
  override getOrCreateAgent(request: AgentRequest | AliasRequest, options?: ResolveOptions): Promise<ManagedAgent> {
    try {
      if (isAliasRequest(request)) return this.#resolveAlias(request, options);
    } catch (thrown) {
      return Promise.reject(unreadable("config", thrown));
    }
    return this.#follow(super.getOrCreateAgent(request, options), options);
  }

  /** Every live revision, newest first, with what holds it and how much it is used. Rejects with `agent_not_found`. */
  async revisions(agentName: string): Promise<readonly RevisionInfo[]> {
    return this.#on(agentName, (core, key) => listRevisions(core, key));
  }

  /** The current revision; `undefined` if none is committed. Rejects with `agent_not_found`. */
  async current(agentName: string): Promise<RevisionInfo | undefined> {
    return this.#on(agentName, (core, key) => currentRevision(core, key));
  }

  /** Makes an older revision current. Rejects with `revision_not_found`, or `agent_protected` if another one is pinned. */
  async rollback(agentName: string, options: RollbackOptions = {}): Promise<RevisionInfo> {
    return this.#order("rollback", agentName, [options], (core, key) => rollback(core, key, options));
  }

  /** Makes a revision current, or points an alias to it, if its scores pass the gate; else `change_forbidden` with the figures. */
  async promote(agentName: string, options: PromoteOptions): Promise<RevisionInfo> {
    this.#aliases.forget(agentName);
    return this.#order("promote", agentName, [options], (core, key) => promote(core, key, options)).finally(() =>
      this.#aliases.forget(agentName),
    );
  }

  /** Makes the revision (default: the current one) current and holds it there until `unpin`. */
  async pin(agentName: string, revision?: string | number, options: LifecycleCallOptions = {}): Promise<RevisionInfo> {
    return this.#order("pin", agentName, [options, { revision }], (core, key) =>
      pin(core, key, { ...options, revision }),
    );
  }

  /** Lets the current revision move again. `false` if none was pinned. */
  async unpin(agentName: string, options: LifecycleCallOptions = {}): Promise<boolean> {
    return this.#order("unpin", agentName, [options], (core, key) => unpin(core, key, options));
  }

  /** Keeps the agent (or one revision) from every deletion until a time, or for good. Gives the end: ISO 8601, or `forever`. */
  async protect(agentName: string, until?: Until, options: ProtectOptions = {}): Promise<string> {
    const end = protectionEnd(until, this.runtime.now());
    return this.#order("protect", agentName, [options], (core, key) => protect(core, key, { ...options, until: end }));
  }

  /** Takes the protection away. `false` if there was none. */
  async unprotect(agentName: string, options: ProtectOptions = {}): Promise<boolean> {
    return this.#order("unprotect", agentName, [options], (core, key) => unprotect(core, key, options));
  }

  /** Points an alias to a revision, with compare-and-set if `expected` is given; else `alias_conflict`. */
  async setAlias(agentName: string, alias: string, options: SetAliasOptions): Promise<AliasRecord> {
    return this.#order("setAlias", agentName, [options, { alias }], (core, key) =>
      setAlias(core, { key, alias }, options),
    ).finally(() => this.#aliases.forget(agentName));
  }

  /** Where an alias points; `undefined` if there is none. */
  async getAlias(agentName: string, alias: string): Promise<AliasRecord | undefined> {
    return this.#order("getAlias", agentName, [{}, { alias }], (core, key) => getAlias(core, { key, alias }));
  }

  /** Every alias of the agent, by name. */
  async listAliases(agentName: string): Promise<readonly AliasRecord[]> {
    return this.#on(agentName, (core, key) => listAliases(core, key));
  }

  /** Removes the alias; its revision stays. `false` if there was none. */
  async deleteAlias(agentName: string, alias: string, options: LifecycleCallOptions = {}): Promise<boolean> {
    return this.#order("deleteAlias", agentName, [options, { alias }], (core, key) =>
      deleteAlias(core, { key, alias }, options),
    ).finally(() => this.#aliases.forget(agentName));
  }

  /** What is not in the service as we left it, of one agent or of all: only looked at. */
  async *drift(agentName?: string, options: LifecycleCallOptions = {}): AsyncGenerator<DriftFinding, void, undefined> {
    checkOrder("drift", options);
    if (agentName !== undefined) assertAgentName(agentName);
    yield* lookForDrift(await this.enter(), this.#drift, { ...options, agentName });
  }

  /** Looks for drift and applies the policies. With `fail`, ends with `agent_drifted` after everything was looked at. */
  async *checkDrift(options: DriftOptions = {}): AsyncGenerator<DriftFinding, void, undefined> {
    checkOrder("checkDrift", options);
    yield* checkDrift(await this.enter(), this.#drift, options);
  }

  /** The agent's own policy for drift; `undefined` gives it back to the manager's. */
  async setDriftPolicy(
    agentName: string,
    policy: DriftPolicy | undefined,
    options: LifecycleCallOptions = {},
  ): Promise<void> {
    return this.#order("setDriftPolicy", agentName, [options, { policy }], (core, key) =>
      setDriftPolicy(core, key, { ...options, policy }),
    );
  }

  /** Takes an agent that is in the service and not in the registry, as it is. Rejects with `scope_conflict` if it is somebody else's. */
  async adopt(agentName: string, options: OwnershipChange = {}): Promise<Adoption> {
    return this.#order("adopt", agentName, [options], (core, key) => adopt(core, key, options));
  }

  /** Forgets the agent without deleting anything in the service; a note keeps recovery and cleanup away from it. */
  async release(agentName: string, options: LifecycleCallOptions = {}): Promise<void> {
    return this.#order("release", agentName, [options], (core, key) => release(core, key, options)).finally(() =>
      this.#aliases.forget(agentName),
    );
  }

  /** Gives the agent to another scope: its live revisions are written anew with the other's stamp. Refused with the reason where that cannot be. */
  async transfer(agentName: string, options: TransferOptions): Promise<Transfer> {
    return this.#order("transfer", agentName, [options], (core, key) => transfer(core, key, options)).finally(() =>
      this.#aliases.forget(agentName),
    );
  }

  /** Whose the agent is, what it is for, and what holds it. */
  async ownership(agentName: string): Promise<Ownership> {
    return this.#on(agentName, (core, key) => readOwnership(core, key));
  }

  /** Sets owner and purpose. */
  async describe(agentName: string, change: OwnershipChange): Promise<Ownership> {
    return this.#order("describe", agentName, [change], (core, key) => describeAgent(core, key, change));
  }

  /** The audit trail of this scope, oldest first, page by page; with `follow` it goes on with what happens. */
  async *events(filter: EventFilter = {}): AsyncGenerator<AuditEvent, void, undefined> {
    checkEventFilter(filter, this.runtime.now());
    yield* readEvents(await this.enter(), filter);
  }

  /** The same as JSON Lines. */
  async *exportEvents(filter: EventFilter = {}): AsyncGenerator<string, void, undefined> {
    checkEventFilter(filter, this.runtime.now());
    yield* exportEvents(await this.enter(), filter);
  }

  /** Forgets events older than `keep` (`"90d"`), of this scope. Returns how many. */
  async pruneEvents(keep: Duration): Promise<number> {
    const keepMs = parseDuration(keep, "keep");
    return this.inside((core) => pruneBefore(core, keepMs));
  }

  /** What cleanup would do now, with evidence and reason. Only reads. */
  async plan(options: PlanOptions = {}): Promise<RetentionPlan> {
    checkCleanup({ options: this.options }, "plan", options);
    return this.inside((core) => planRetention(core, options));
  }

  /** One run of cleanup; without `apply` it only says what it would do. Rejects with `cleanup_stopped` when too much would go or failures pile up. */
  async cleanup(options: CleanupRunOptions = {}): Promise<CleanupReport> {
    checkCleanup({ options: this.options }, "cleanup", options);
    const run = (core: ManagerCore) => (signal: AbortSignal) => cleanup(core, { ...options, signal });
    return this.inside((core) => core.work.withSignal(run(core), options.signal));
  }

  /** Runs cleanup again and again until it is stopped or the manager closes. Throws `invalid_option`. Fine in every replica: a lease lets one of them work at a time. */
  startCleanup(options: StartCleanupOptions): CleanupSchedule {
    checkCleanup({ options: this.options }, "startCleanup", options);
    const { policies } = options;
    const run = (signal: AbortSignal): Promise<CleanupReport> => this.cleanup({ policies, apply: true, signal });
    const schedule = startSchedule(this.runtime, options, run);
    const stop = (): void => void schedule.stop();
    if (this.closing.aborted) stop();
    this.closing.addEventListener("abort", stop, { once: true });
    return schedule;
  }

  /** What separates the service from a fleet file: reads only. */
  async planFleet(fleet: Fleet, options: LifecycleCallOptions = {}): Promise<FleetPlan> {
    const { planFleet } = await import("./fleet/index.ts");
    return this.inside((core) => planFleet(core, fleet, options));
  }

  /** Makes the service as the fleet file says; each agent's failure stands in the report. Rejects with `plan_stale` if the given plan is no longer true. */
  async applyFleet(fleet: Fleet, options: ApplyFleetOptions = {}): Promise<FleetReport> {
    const { applyFleet } = await import("./fleet/index.ts");
    const resolve = (request: AgentRequest, how: ResolveOptions, birth: Birth): Promise<ManagedAgent> =>
      this.#follow(this.resolve(request, how, birth), how);
    return this.inside((core) => applyFleet({ core, resolve }, fleet, options)).finally(() =>
      fleet.agents.forEach(({ name }) => this.#aliases.forget(name)),
    );
  }

  /** A fleet file of what the service holds, piece by piece. */
  async *importFleet(options: LifecycleCallOptions = {}): AsyncGenerator<string, void, undefined> {
    const { importFleet } = await import("./fleet/index.ts");
    yield* importFleet(await this.enter(), options);
  }

  async #resolveAlias(request: AliasRequest, options: ResolveOptions = {}): Promise<ManagedAgent> {
    checkAliasRequest(request, options);
    return this.inside((core) => this.#aliases.resolve(core, request));
  }

  /** Not async, so that a hit without an endpoint costs no more than its promise. */
  #follow(agent: Promise<ManagedAgent>, options: ResolveOptions | undefined): Promise<ManagedAgent> {
    return this.#endpoints.isOn ? agent.then((resolved) => this.#followEndpoint(resolved, options)) : agent;
  }

  async #followEndpoint(agent: ManagedAgent, options: ResolveOptions = {}): Promise<ManagedAgent> {
    if (!this.#endpoints.mustLook(agent)) return agent;
    return this.inside((core) => this.#endpoints.follow(core, agent, options));
  }

  /** Works on an agent, with the open inside; `close` waits for it. Rejects with `invalid_name` before any I/O. */
  async #on<Result>(agentName: string, work: Work<Result>): Promise<Result> {
    assertAgentName(agentName);
    return this.inside((core) => work(core, keyOf(core, agentName)));
  }

  /** The same for an order, whose options and parameters are refused before any I/O too. */
  async #order<Result>(of: OrderName, agentName: string, told: Told, work: Work<Result>): Promise<Result> {
    checkOrder(of, ...told);
    return this.#on(agentName, work);
  }
}

type Told = readonly [options: object, parameters?: object];
type Work<Result> = (core: ManagerCore, key: AgentKey) => Promise<Result>;
