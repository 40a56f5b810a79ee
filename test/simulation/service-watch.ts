import type { Fingerprint } from "../../src/config/index.ts";
import type { AgentKey } from "../../src/registry/contract/index.ts";
import type { CreateRevisionParams, RemoteRevision, WriteOutcome } from "../../src/services/contract/index.ts";
import { Knowledge } from "./knowledge.ts";
import type { Promises } from "./promises.ts";
import { isCalm } from "./settings.ts";
import { type Delivery, LOCATION } from "./simulated-service.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** Within this a deletion and its repeats, waits included, may follow the look that led to it: who meddles in between cannot be seen. */
const REPEATS_MS = 15_000;

/** Watches what processes learn from the service and what they write to it. */
export class ServiceWatch {
  /** Copies that only a deep sweep can find: made twice by the network, or by a process that had lost its lease. */
  readonly strays = new Set<string>();
  /** When somebody last changed an agent behind our back. */
  readonly meddledAt = new Map<string, number>();
  readonly #world: World;
  readonly #promises: Promises;
  readonly #knowledge = new Map<VirtualProcess, Knowledge>();
  /** When creates were sent by who had the lease then, by intent. */
  readonly #sentAt = new Map<string, number>();

  constructor(world: World, promises: Promises) {
    this.#world = world;
    this.#promises = promises;
  }

  processStarted(process: VirtualProcess): void {
    this.#knowledge.set(process, new Knowledge());
  }

  /** What it knew of the agent before counts no more. */
  leaseTaken(process: VirtualProcess, serviceName: string): void {
    this.#of(process).beginsAnew(serviceName);
  }

  read(process: VirtualProcess, serviceName: string, versions: readonly RemoteRevision[]): void {
    this.#of(process).read(serviceName, versions);
  }

  listed(process: VirtualProcess, serviceName: string, versions: readonly RemoteRevision[]): void {
    this.#of(process).listed(serviceName, versions, this.#world.now);
  }

  createSent(process: VirtualProcess, params: CreateRevisionParams): void {
    const { stamp, serviceName } = params;
    const knowledge = this.#of(process);
    const key = keyOf(stamp);
    const what = `${process.name} sends a create of ${serviceName} ${short(stamp.fingerprint)}`;
    if (knowledge.isUncertain(serviceName, stamp.fingerprint))
      this.#promises.broken("P2 repeat", `${what} again, without having asked what became of the last one.`);
    if (!this.#promises.holdsLease(process, key) || isGivenAway(process, stamp.agentName)) return;
    this.#sentAt.set(stamp.intentId, this.#world.now);
    const seen = knowledge.seen(serviceName);
    if (seen === undefined) {
      this.#promises.broken("P2 ask first", `${what} without having looked at the agent since it has the lease.`);
      return;
    }
    const record = this.#world.store.agent(key);
    if (record?.intents.has(stamp.intentId) !== true)
      this.#promises.broken("P3 intent", `${what}, and no intent tells of it.`);
    const known = record?.revisions.get(stamp.fingerprint)?.record;
    const registered =
      known === undefined || known.state === "deleted" ? undefined : this.#world.service.find(known.remote.id);
    const isHidden = process.orders.isOpen("revert", key.name) && !seen.some(({ ref }) => ref.id === known?.remote.id);
    if (known !== undefined && registered !== undefined && !isHidden && !this.#isReverted(process, registered))
      this.#promises.broken("P1 registered", `${what} although the registry has ${known.remote.id}.`);
    this.#checkOwner(process, { what, key, fingerprint: stamp.fingerprint, seen });
  }

  #checkOwner(
    process: VirtualProcess,
    create: {
      readonly what: string;
      readonly key: AgentKey;
      readonly fingerprint: Fingerprint;
      readonly seen: readonly RemoteRevision[];
    },
  ): void {
    const { what, key, fingerprint, seen } = create;
    if (
      process.orders.isOpen("revert", key.name) &&
      seen.every(({ ref, stamp }) => this.#world.service.edited.has(ref.id) || stamp === undefined)
    )
      return;
    const ours = seen.filter(({ stamp }) => stamp?.scope === key.scope && stamp.agentName === key.name);
    // A stale answer may show once more what was deleted: beside that a copy may be made.
    const same = ours.find(
      (copy) =>
        copy.stamp?.fingerprint === fingerprint &&
        this.#world.service.find(copy.ref.id) !== undefined &&
        !this.#isReverted(process, copy),
    );
    if (same !== undefined) this.#promises.broken("P1 seen", `${what} although it has just seen ${same.ref.id}.`);
    const foreign = seen.find(
      ({ stamp }) => stamp !== undefined && (stamp.scope !== key.scope || stamp.agentName !== key.name),
    );
    if (foreign !== undefined)
      this.#promises.broken("P4 foreign", `${what}, which belongs to scope ${foreign.stamp?.scope ?? ""}.`);
    const isTakeOver = process.world.settings.options.unmanaged === "take-over";
    if (seen.length > 0 && ours.length === 0 && foreign === undefined && !isTakeOver)
      this.#promises.broken("P4 unmanaged", `${what}, which Tenure did not make.`);
  }

  /** An edited copy is written anew by who was told to. */
  #isReverted(process: VirtualProcess, { ref }: RemoteRevision): boolean {
    return this.#world.service.edited.has(ref.id) && process.orders.isOpen("revert", ref.name);
  }

  createEffect(
    process: VirtualProcess,
    effect: {
      readonly params: CreateRevisionParams;
      readonly made: { readonly revision: RemoteRevision; readonly isNew: boolean };
      readonly delivery: Delivery;
    },
  ): void {
    const { params, made, delivery } = effect;
    if (!made.isNew) return;
    const { stamp } = params;
    const { revision } = made;
    const key = keyOf(stamp);
    this.#promises.made.set(revision.ref.id, revision);
    const sentAt = this.#sentAt.get(stamp.intentId);
    if (delivery === "again" || sentAt === undefined) this.strays.add(revision.ref.id);
    const record = this.#world.store.agent(key);
    const isCleaned = (this.#promises.deletedAt(key) ?? -1) >= (sentAt ?? 0);
    if (delivery === "late" && sentAt !== undefined && record?.intents.has(stamp.intentId) !== true && !isCleaned)
      this.#promises.broken(
        "P3 late",
        `${revision.ref.id} is made by a request of ${process.name} sent ${this.#world.now - sentAt} ms ago, and its intent is gone already.`,
      );
    if (!isCalm(this.#world.settings)) return;
    const copies = this.#world.service.versions(params.serviceName).filter((other) => isSameStamp(other, revision));
    if (copies.length > 1)
      this.#promises.broken(
        "P1 calm",
        `${copies.map((copy) => copy.ref.id).join(" and ")} are copies of one configuration, and nothing has gone wrong.`,
      );
  }

  createAnswered(process: VirtualProcess, params: CreateRevisionParams, kind: WriteOutcome<unknown>["kind"]): void {
    if (kind === "unknown") this.#of(process).uncertain(params.serviceName, params.stamp.fingerprint);
  }

  deleteSent(process: VirtualProcess, target: { readonly serviceName: string; readonly id: string | undefined }): void {
    const { serviceName, id } = target;
    const what = `${process.name} deletes ${id ?? `all of ${serviceName}`}`;
    const doomed =
      id === undefined
        ? this.#of(process).list(serviceName)
        : [this.#world.service.find(id) ?? this.#promises.made.get(id)].filter((revision) => revision !== undefined);
    if (doomed === undefined) this.#promises.broken("P4 unseen", `${what} without having looked at its versions.`);
    const isJustChanged = this.#world.now - (this.meddledAt.get(serviceName) ?? Number.NEGATIVE_INFINITY) < REPEATS_MS;
    for (const { ref, stamp } of doomed ?? []) {
      const isOurs = stamp?.scope === process.scope || (stamp !== undefined && isGivenAway(process, stamp.agentName));
      if (!isOurs && !isJustChanged)
        this.#promises.broken(
          "P4 delete",
          `${what}; ${ref.id} is ${stamp === undefined ? "unstamped" : `of scope ${stamp.scope}`}.`,
        );
    }
    const isOrdered =
      process.orders.isOpen("cleanup", serviceName) || this.#promises.retention.mayTakeAgent(process, serviceName);
    if (id === undefined && !isOrdered) this.#promises.broken("P5 agent", `${what} without an order.`);
    if (id === undefined && !this.#of(process).isRefused(serviceName))
      this.#promises.broken("P4 whole agent", `${what}, and the service would have deleted its versions.`);
    const stamp = id === undefined ? undefined : this.#promises.made.get(id)?.stamp;
    if (stamp === undefined || !this.#promises.holdsLease(process, keyOf(stamp))) return;
    if (process.orders.isOpen("cleanup", stamp.agentName) || isGivenAway(process, stamp.agentName)) return;
    const record = this.#world.store.agent(keyOf(stamp))?.revisions.get(stamp.fingerprint)?.record;
    if (record?.remote.id === id && record?.state === "retiring") {
      this.#promises.retention.deletionSent(process, keyOf(stamp), record);
      return;
    }
    const registered =
      record === undefined || record.state === "deleted" ? undefined : this.#world.service.find(record.remote.id);
    const others = this.#world.service
      .versions(serviceName)
      .filter((other) => other === registered || isSameStamp(other, { stamp }));
    if (
      !isJustChanged &&
      this.#world.service.find(id ?? "") !== undefined &&
      !others.some((other) => other.ref.id !== id)
    )
      this.#promises.broken("P5 last copy", `${what}, which is the only copy of its configuration.`);
    if (record?.remote.id === id && record?.state === "active")
      this.#promises.broken("P5 in use", `${what}, which is the registered active revision.`);
  }

  deleteAnswered(process: VirtualProcess, serviceName: string, outcome: WriteOutcome<unknown>): void {
    if (outcome.kind === "refused" && outcome.error.code === "service_refused") this.#of(process).refused(serviceName);
  }

  /** Between the last look and the effect anything may come, and a look may be that old; what is older should have been seen. */
  agentDeleted(process: VirtualProcess, serviceName: string): void {
    const { world } = process;
    const lookedAt = this.#of(process).listedAt(serviceName) ?? world.now;
    for (const { ref, stamp, createdAt } of world.service.versions(serviceName)) {
      if (stamp?.scope === process.scope || createdAt >= lookedAt - world.settings.staleMs) continue;
      this.#promises.broken("P4 theft", `${process.name} has deleted all of ${serviceName}, and with it ${ref.id}.`);
    }
  }

  enableSent(process: VirtualProcess, serviceName: string): void {
    if (!process.orders.isOpen("revert", serviceName))
      this.#promises.broken("P4 enable", `${process.name} enables ${serviceName} without an order.`);
  }

  #of(process: VirtualProcess): Knowledge {
    const knowledge = this.#knowledge.get(process);
    if (knowledge === undefined) throw new Error(`${process.name} was not announced.`);
    return knowledge;
  }
}

function keyOf(stamp: { readonly scope: string; readonly agentName: string }): AgentKey {
  return { location: LOCATION, scope: stamp.scope, name: stamp.agentName };
}

/** Whether the process was told to give the agent to another scope: then it writes and deletes with both stamps. */
function isGivenAway(process: VirtualProcess, agentName: string): boolean {
  return process.orders.isOpen("transfer", agentName);
}

/** Whether they are copies of one configuration of one agent. */
function isSameStamp(
  { stamp: one }: Pick<RemoteRevision, "stamp">,
  { stamp: other }: Pick<RemoteRevision, "stamp">,
): boolean {
  return (
    one !== undefined &&
    one.scope === other?.scope &&
    one.agentName === other.agentName &&
    one.fingerprint === other.fingerprint
  );
}

function short(fingerprint: Fingerprint): string {
  return fingerprint.slice(0, 10);
}
