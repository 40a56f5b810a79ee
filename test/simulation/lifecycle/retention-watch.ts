import type { Fingerprint } from "../../../src/config/index.ts";
import {
  type AgentKey,
  agentResource,
  type IntentRecord,
  type RevisionRecord,
} from "../../../src/registry/contract/index.ts";
import type { StoredAgent } from "../../../src/registry/memory/store.ts";
import type { Promises } from "../promises.ts";
import { LOCATION } from "../simulated-service.ts";
import type { VirtualProcess } from "../virtual-process.ts";
import type { World } from "../world.ts";
import { liveOf, whyHeld } from "./holds.ts";

/** What a process has read of an agent's use and sessions right before it decided. */
interface Look {
  readonly fence: number;
  readonly sessions: ReadonlySet<Fingerprint>;
  /** The service's ids of revisions of which the registry had a use since their mark. */
  readonly used: ReadonlySet<string>;
  /** The id of the revision that was deleted on it: the next one needs a look of its own. */
  spentOn: string | undefined;
}

interface Use {
  readonly process: VirtualProcess;
  readonly at: number;
}

/** A marked revision whose deletion was sent to the service. */
interface Retirement {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  /** Taken back by something else than a use: nobody may do that while the request is under way. */
  isRevived: boolean;
}

interface Doomed {
  readonly what: string;
  readonly key: AgentKey;
  readonly agent: StoredAgent;
  readonly revision: RevisionRecord;
}

/** The intent to delete the revision, as the registry has it. */
function deletionOf(agent: StoredAgent | undefined, fingerprint: Fingerprint): IntentRecord | undefined {
  return [...(agent?.intents.values() ?? [])].find(
    ({ record }) => record.kind === "delete-revision" && record.fingerprint === fingerprint,
  )?.record;
}

/** Watches what cleanup by policies deletes: by what the registry holds, and by who was given what (P5). */
export class RetentionWatch {
  readonly #world: World;
  readonly #promises: Promises;
  readonly #looks = new Map<VirtualProcess, Map<string, Look>>();
  readonly #uses = new Map<string, Use[]>();
  /** By the service's id, as all below. */
  readonly #usedSinceMark = new Set<string>();
  readonly #retirements = new Map<string, Retirement>();

  constructor(world: World, promises: Promises) {
    this.#world = world;
    this.#promises = promises;
  }

  /** How many revisions were deleted by policies. */
  get retired(): number {
    return this.#retirements.size;
  }

  /** Whether cleanup took a copy of this configuration away. */
  hasRetired(key: AgentKey, fingerprint: Fingerprint): boolean {
    return [...this.#retirements.values()].some(
      (retired) => agentResource(retired.key) === agentResource(key) && retired.fingerprint === fingerprint,
    );
  }

  used(process: VirtualProcess, agentName: string, fingerprint: Fingerprint): void {
    const id = `${process.scope} ${agentName} ${fingerprint}`;
    const uses = this.#uses.get(id) ?? [];
    uses.push({ process, at: this.#world.registryNow });
    this.#uses.set(id, uses);
  }

  /** Before a call of the registry takes effect. */
  registryCalls(process: VirtualProcess, label: string, params: unknown): void {
    if (label === "agents.delete") this.#agentForgotten(process, (params as { readonly key: AgentKey }).key);
    if (label === "usage.add")
      this.#usesWritten(
        process,
        (params as { readonly deltas: readonly { readonly key: AgentKey; readonly fingerprint: Fingerprint }[] })
          .deltas,
      );
  }

  /** After a call of the registry took effect. */
  registryCalled(process: VirtualProcess, label: string, params: unknown): void {
    if (label === "sessions.list") this.#looked(process, params as { readonly scope: string; readonly name?: string });
    if (label !== "agents.updateRevision") return;
    const { key, fingerprint, state } = params as {
      readonly key: AgentKey;
      readonly fingerprint: Fingerprint;
      readonly state?: RevisionRecord["state"];
    };
    const id = this.#world.store.agent(key)?.revisions.get(fingerprint)?.record.remote.id ?? "";
    if (state === "retiring") {
      this.#checkLeader(process, key);
      this.#usedSinceMark.delete(id);
    }
    if (state === "active") this.#markTaken(process, key, { fingerprint, id });
  }

  /** Only a use may do that while the deletion is under way, and that comes too late by then. */
  #markTaken(
    process: VirtualProcess,
    key: AgentKey,
    revision: { readonly fingerprint: Fingerprint; readonly id: string },
  ): void {
    const { fingerprint, id } = revision;
    if (deletionOf(this.#world.store.agent(key), fingerprint) !== undefined)
      this.#promises.broken(
        "P5 begun",
        `${process.name} takes the mark off ${id}, and a deletion of it was begun and not ended.`,
      );
    const retirement = this.#retirements.get(id);
    if (retirement !== undefined) retirement.isRevived = true;
  }

  /** The owner of the lease sends the deletion of a registered revision that is marked. */
  deletionSent(process: VirtualProcess, key: AgentKey, revision: RevisionRecord): void {
    const agent = this.#world.store.agent(key);
    const lease = this.#world.store.leases.get(agentResource(key));
    if (agent === undefined || lease === undefined) return;
    const { fingerprint, remote } = revision;
    const doomed: Doomed = { what: `${process.name} retires ${remote.id}`, key, agent, revision };
    const intent = deletionOf(agent, fingerprint);
    if (intent === undefined) this.#promises.broken("P3 deletion", `${doomed.what}, and no intent tells of it.`);
    this.#checkTime(doomed);
    const why = whyHeld(agent, revision, this.#world.registryNow);
    if (why !== undefined) this.#promises.broken("P5 held", `${doomed.what}, which is ${why}.`);
    // What another began is completed as it was decided.
    if (intent?.fence === lease.fence) this.#checkDecision(process, doomed, lease.fence);
    this.#retirements.set(remote.id, { key, fingerprint, isRevived: false });
  }

  /** A deletion arrives, perhaps late or once more. */
  deletionTakesEffect(id: string): void {
    const retirement = this.#retirements.get(id);
    if (retirement === undefined || !retirement.isRevived || this.#promises.wasOrderedAway(retirement.key.name)) return;
    const record = this.#world.store.agent(retirement.key)?.revisions.get(retirement.fingerprint)?.record;
    if (record?.state === "active" && record.remote.id === id && this.#world.service.find(id) !== undefined)
      this.#promises.broken("P5 revived", `${id} is deleted after its mark was taken away, and is in use.`);
  }

  /** Whether all that is left of the agent is one marked revision, whose deletion the process has begun, or ends. */
  mayTakeAgent(process: VirtualProcess, name: string): boolean {
    const key = { location: LOCATION, scope: process.scope, name };
    const agent = this.#world.store.agent(key);
    const [last, ...others] = agent === undefined ? [] : liveOf(agent);
    const isMarked = last?.state === "retiring" && others.length === 0;
    return isMarked && deletionOf(agent, last.fingerprint) !== undefined && this.#promises.holdsLease(process, key);
  }

  #checkTime({ what, revision }: Doomed): void {
    const { graceMs } = this.#world.settings.retention;
    const markedMs = this.#world.registryNow - (revision.markedAt ?? this.#world.registryNow);
    if (markedMs < graceMs)
      this.#promises.broken(
        "P5 grace",
        `${what} ${markedMs} ms after it was marked; the grace period is ${graceMs} ms.`,
      );
  }

  #checkDecision(process: VirtualProcess, { what, key, agent, revision }: Doomed, fence: number): void {
    const { fingerprint, markedAt = 0 } = revision;
    const look = this.#looks.get(process)?.get(agentResource(key));
    const isSpent = look?.spentOn !== undefined && look.spentOn !== revision.remote.id;
    if (look === undefined || look.fence !== fence || isSpent) {
      this.#promises.broken("P5 second look", `${what} without having looked at its use since the last deletion.`);
      return;
    }
    look.spentOn = revision.remote.id;
    const { ephemeralOwner } = agent.record;
    if (ephemeralOwner !== undefined && !this.#promises.isGone(ephemeralOwner.id))
      this.#promises.broken("P5 ephemeral", `${what}, whose process lives.`);
    if (ephemeralOwner === undefined && look.sessions.has(fingerprint))
      this.#promises.broken("P5 session", `${what}, which is in a live session.`);
    if (look.used.has(revision.remote.id))
      this.#promises.broken("P5 used", `${what}, of which the registry has a use since the mark.`);
    const { flushMs } = this.#world.settings.options;
    const use = this.#uses
      .get(`${key.scope} ${key.name} ${fingerprint}`)
      ?.find(
        ({ process: user, at }) => at > markedAt && at + flushMs < this.#world.registryNow && this.isPunctual(user),
      );
    if (use !== undefined)
      this.#promises.broken(
        "P5 used",
        `${what}, which ${use.process.name} was given ${use.at - markedAt} ms after the mark.`,
      );
  }

  /** A use that comes when the request is under way already comes later than the grace period allows for. */
  #usesWritten(
    process: VirtualProcess,
    deltas: readonly { readonly key: AgentKey; readonly fingerprint: Fingerprint }[],
  ): void {
    for (const { key, fingerprint } of deltas) {
      const record = this.#world.store.agent(key)?.revisions.get(fingerprint)?.record;
      if (record?.state !== "retiring") continue;
      this.#usedSinceMark.add(record.remote.id);
      if (this.isPunctual(process) && this.#retirements.has(record.remote.id))
        this.#promises.broken("P5 late use", `${process.name} uses ${record.remote.id}, whose deletion is under way.`);
    }
  }

  #agentForgotten(process: VirtualProcess, key: AgentKey): void {
    const orders = ["cleanup", "release", "transfer", "adopt"] as const;
    if (key.location !== LOCATION || orders.some((kind) => process.orders.isOpen(kind, key.name))) return;
    const agent = this.#world.store.agent(key);
    const left = agent === undefined ? undefined : liveOf(agent)[0];
    // What an order began, whoever comes next may end.
    if (left !== undefined && !this.#promises.wasOrderedAway(key.name))
      this.#promises.broken("P5 forget", `${process.name} forgets ${key.name}, and ${left.remote.id} is not deleted.`);
  }

  /** The second part of what decides over an agent is read last: with it the look is whole. */
  #looked(process: VirtualProcess, { scope, name }: { readonly scope: string; readonly name?: string }): void {
    if (name === undefined) return;
    const key = { location: LOCATION, scope, name };
    const lease = this.#world.store.leases.get(agentResource(key));
    if (lease?.holder.id !== process.manager.process.id) return;
    const { sessions: policy } = this.#world.settings.retention.policies;
    const usedSince = typeof policy === "object" ? this.#world.registryNow - Number(policy.unusedFor) : 0;
    const sessions = [...(this.#world.store.agent(key)?.sessions.values() ?? [])]
      .filter(({ lastUsedAt }) => lastUsedAt >= usedSince)
      .map(({ fingerprint }) => fingerprint);
    const looks = this.#looks.get(process) ?? new Map<string, Look>();
    looks.set(agentResource(key), {
      fence: lease.fence,
      sessions: new Set(sessions),
      used: new Set(this.#usedSinceMark),
      spentOn: undefined,
    });
    this.#looks.set(process, looks);
  }

  /** One process at a time cleans a scope up. */
  #checkLeader(process: VirtualProcess, key: AgentKey): void {
    if (!this.isPunctual(process)) return;
    const resource = `cleanup|${encodeURIComponent(key.location)}|${encodeURIComponent(key.scope)}`;
    const lease = this.#world.store.leases.get(resource);
    const isHeld = lease !== undefined && lease.expiresAt > this.#world.registryNow;
    if (isHeld && lease.holder.id === process.manager.process.id) return;
    this.#promises.broken("P6 leader", `${process.name} marks ${key.name} and does not lead the cleanup.`);
  }

  /** Whether the process does everything when its time has come, so that bounds of time hold for it. */
  isPunctual(process: VirtualProcess): boolean {
    const { faults, haste } = this.#world.settings;
    return !process.isDead && !process.hasStalled && haste === 0 && faults.registryBefore + faults.registryAfter === 0;
  }
}
