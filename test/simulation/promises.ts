import type { Fingerprint } from "../../src/config/index.ts";
import type { TenureError } from "../../src/errors/index.ts";
import type { ManagedAgent } from "../../src/manager/index.ts";
import {
  type AgentKey,
  agentResource,
  type ClaimParams,
  type Lease,
  type NewRevision,
} from "../../src/registry/contract/index.ts";
import type { RemoteRevision } from "../../src/services/contract/index.ts";
import { allowedErrors } from "./allowed-errors.ts";
import type { Configuration } from "./configurations.ts";
import { RetentionWatch } from "./lifecycle/retention-watch.ts";
import { ServiceWatch } from "./service-watch.ts";
import { LOCATION } from "./simulated-service.ts";
import { UsageLedger } from "./usage-ledger.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** A promise of the design that a run has seen broken. */
export interface Violation {
  /** `P1` to `P8`, and which of its checks. Stable: a smaller run fails alike if this is the same. */
  readonly rule: string;
  readonly message: string;
}

/** A configuration that somebody of a scope was given. */
export interface Given {
  readonly scope: string;
  readonly wanted: Configuration;
}

/**
 * Watches the promises during a run: straight on the registry's store and the service's model, without help of the code under test. The first one that is
 * broken is kept.
 */
export class Promises {
  readonly usage: UsageLedger;
  readonly service: ServiceWatch;
  readonly retention: RetentionWatch;
  /** Every revision that was ever made. */
  readonly made = new Map<string, RemoteRevision>();
  /** Which configuration was given to somebody of which scope. */
  readonly given = new Map<string, Given>();
  readonly #world: World;
  readonly #byId = new Map<string, VirtualProcess>();
  readonly #fences = new Map<string, number>();
  readonly #registered = new Set<string>();
  readonly #recordsDeletedAt = new Map<string, number>();
  #violation: Violation | undefined;

  constructor(world: World) {
    this.#world = world;
    this.service = new ServiceWatch(world, this);
    this.retention = new RetentionWatch(world, this);
    this.usage = new UsageLedger(world, (rule, message) => this.broken(rule, message));
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  broken(rule: string, message: string): void {
    this.#violation ??= { rule, message };
  }

  processStarted(process: VirtualProcess): void {
    this.#byId.set(process.manager.process.id, process);
    this.service.processStarted(process);
  }

  processCrashed(process: VirtualProcess): void {
    this.usage.crashed(process);
  }

  isCrashed(processId: string): boolean {
    return this.#byId.get(processId)?.isDead ?? false;
  }

  /** Whether the process ended, by itself or not. */
  isGone(processId: string): boolean {
    return this.isCrashed(processId) || this.#world.store.endedProcesses.has(processId);
  }

  // Writes to the registry.

  /** Whether the process owns the agent now, by the registry's own row. */
  holdsLease(process: VirtualProcess, key: AgentKey): boolean {
    const row = this.#world.store.leases.get(agentResource(key));
    return row !== undefined && row.holder.id === process.manager.process.id && row.expiresAt > this.#world.registryNow;
  }

  /** Whether anybody was ever ordered to clean the agent up, or to give it away. */
  wasOrderedAway(agentName: string): boolean {
    const orders = ["cleanup", "release", "transfer"] as const;
    return [...this.#byId.values()].some((process) => orders.some((kind) => process.orders.wasGiven(kind, agentName)));
  }

  /** Whether anybody was ever ordered to forget the agent and leave it in the service. */
  wasReleased(agentName: string): boolean {
    return [...this.#byId.values()].some((process) => process.orders.wasGiven("release", agentName));
  }

  /** Whether anybody of the scope was ever ordered to give the agent to another one. */
  wasGivenAway(scope: string, agentName: string): boolean {
    return [...this.#byId.values()].some(
      (process) => process.scope === scope && process.orders.wasGiven("transfer", agentName),
    );
  }

  /** When the agent's record was last deleted by an order, if ever. */
  deletedAt(key: AgentKey): number | undefined {
    return this.#recordsDeletedAt.get(agentResource(key));
  }

  fencedWrite(
    process: VirtualProcess,
    write: { readonly label: string; readonly lease: Lease; readonly row: Lease | undefined },
  ): void {
    const { label, lease, row } = write;
    const isValid =
      row !== undefined &&
      row.fence === lease.fence &&
      row.holder.id === lease.holder.id &&
      row.expiresAt > this.#world.registryNow;
    if (isValid && lease.holder.id === process.manager.process.id) return;
    this.broken(
      "P6 fence",
      `${process.name} wrote ${label} with fence ${lease.fence}; the lease was ${row === undefined ? "nobody's" : `${row.holder.id}'s with fence ${row.fence}`}.`,
    );
  }

  beforeWrite(process: VirtualProcess, label: string, params: unknown): unknown {
    this.retention.registryCalls(process, label, params);
    if (label === "usage.add") return this.usage.before(params as Parameters<UsageLedger["before"]>[0]);
    if (label === "leases.claim") return this.#world.store.leases.get((params as ClaimParams).resource);
    return undefined;
  }

  afterWrite(
    process: VirtualProcess,
    label: string,
    written: { readonly params: unknown; readonly before: unknown },
  ): void {
    const { params, before } = written;
    this.retention.registryCalled(process, label, params);
    if (label === "usage.add")
      this.usage.after(
        process,
        params as Parameters<UsageLedger["before"]>[0],
        before as ReturnType<UsageLedger["before"]>,
      );
    if (label === "intents.commit") this.#committed(process, (params as { readonly revision: NewRevision }).revision);
    if (label === "agents.delete")
      this.#recordsDeletedAt.set(agentResource((params as { readonly key: AgentKey }).key), this.#world.now);
    if (label === "agents.updateRevision") {
      const { key, fingerprint, remote } = params as {
        readonly key: AgentKey;
        readonly fingerprint: Fingerprint;
        readonly remote?: { readonly id: string };
      };
      if (remote !== undefined) this.#registered.add(registration(key, fingerprint, remote.id));
    }
  }

  /** Everything that it knew is gone, its fences included. */
  registryLost(): void {
    this.#fences.clear();
  }

  claimed(
    process: VirtualProcess,
    params: ClaimParams,
    claim: { readonly result: { readonly outcome: string; readonly lease: Lease }; readonly before: Lease | undefined },
  ): void {
    const { result, before } = claim;
    if (result.outcome !== "claimed") return;
    const { resource } = params;
    this.service.leaseTaken(process, decodeURIComponent(resource.split("|").at(-1) ?? ""));
    if (result.lease.fence <= (this.#fences.get(resource) ?? 0))
      this.broken(
        "P6 fence order",
        `The fence of ${resource} went from ${this.#fences.get(resource) ?? 0} to ${result.lease.fence}.`,
      );
    this.#fences.set(resource, result.lease.fence);
    if (
      before === undefined ||
      before.expiresAt <= this.#world.registryNow ||
      before.holder.id === process.manager.process.id
    )
      return;
    const isGone = this.isCrashed(before.holder.id) || this.#world.store.endedProcesses.has(before.holder.id);
    if (!isGone)
      this.broken(
        "P6 living",
        `${process.name} took the lease of ${resource} from ${before.holder.id}, which lives and holds it.`,
      );
  }

  #committed(process: VirtualProcess, revision: NewRevision): void {
    const { key, remote, fingerprint } = revision;
    this.#registered.add(registration(key, fingerprint, remote.id));
    const stamp = this.made.get(remote.id)?.stamp;
    // Notes stand under places that no service has.
    if (key.location !== LOCATION || stamp === undefined || (stamp.scope === key.scope && stamp.agentName === key.name))
      return;
    this.broken(
      "P4 adopt",
      `${process.name} records ${remote.id} as its own; it belongs to ${stamp.agentName} of scope ${stamp.scope}.`,
    );
  }

  // Answers to callers.

  /** It was given the agent, whatever it had asked for. */
  used(process: VirtualProcess, { agentName, fingerprint }: ManagedAgent): void {
    this.usage.given(process, agentName, fingerprint);
    this.retention.used(process, agentName, fingerprint);
  }

  answered(process: VirtualProcess, wanted: Configuration, agent: ManagedAgent): void {
    const { remote, agentName, fingerprint } = agent;
    const what = `${process.name} gave ${remote.id} for ${agentName} ${short(wanted.normal.fingerprint)}`;
    this.given.set(`${process.scope} ${agentName} ${wanted.normal.fingerprint}`, { scope: process.scope, wanted });
    const key = { location: LOCATION, scope: process.scope, name: agentName };
    if (fingerprint !== wanted.normal.fingerprint) this.broken("P1 answer", `${what}, which is ${short(fingerprint)}.`);
    if (!this.#registered.has(registration(key, fingerprint, remote.id)))
      this.broken("P3 answer", `${what}, which was never in the registry.`);
    const made = this.made.get(remote.id);
    if (made?.stamp !== undefined && JSON.stringify(made.definition) !== wanted.definition)
      this.broken("P1 definition", `${what}, whose definition is another.`);
  }

  /** The versions of the agent that carry the process's own stamp. */
  ours(process: VirtualProcess, agentName: string): readonly RemoteRevision[] {
    return this.#world.service
      .versions(agentName)
      .filter(({ stamp }) => stamp?.scope === process.scope && stamp.agentName === agentName);
  }

  /** What was there before the order is gone; a stale list may have hidden it. */
  cleanedUp(
    process: VirtualProcess,
    order: { readonly agentName: string; readonly before: readonly RemoteRevision[]; readonly isDeleted: boolean },
  ): void {
    if (this.#world.settings.faults.staleRead > 0) return;
    const left = this.ours(process, order.agentName).find((revision) => order.before.includes(revision));
    if (left !== undefined)
      this.broken(
        "P5 cleanup",
        `${process.name} has ${String(order.isDeleted)} from the cleanup of ${order.agentName}, and ${left.ref.id} is still there.`,
      );
  }

  failed(process: VirtualProcess, call: string, error: TenureError): void {
    if (!allowedErrors(this.#world.settings).has(error.code))
      this.broken(`P8 ${error.code}`, `${process.name} ${call} failed with ${error.code}: ${error.message}`);
  }
}

function registration(key: AgentKey, fingerprint: Fingerprint, id: string): string {
  return [key.scope, key.name, fingerprint, id].join(" ");
}

function short(fingerprint: Fingerprint): string {
  return fingerprint.slice(0, 10);
}
