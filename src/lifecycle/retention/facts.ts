import type { Fingerprint, RemoteRef } from "../../config/index.ts";
import { eachItem, liveRevisions, type ManagerCore, mostVersionsOf } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import { aliasesByRevision, type Hold, holdsOf } from "../revisions/holds.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";

/** What decides over one revision. Small: a thousand of them fit where one page of definitions does. Times are epoch milliseconds. */
export interface RevisionFacts {
  readonly fingerprint: Fingerprint;
  readonly remote: RemoteRef;
  readonly state: "active" | "retiring";
  readonly stamped: boolean;
  readonly createdAt: number;
  readonly markedAt: number | undefined;
  /** As far as it was written. */
  readonly lastUsedAt: number | undefined;
  readonly holds: readonly Hold[];
  /** Live sessions that are pinned to it. */
  readonly sessions: number;
  readonly tools: number;
}

/** What decides over one agent, as the registry tells it. */
export interface AgentFacts {
  readonly agent: AgentRecord;
  /** Newest first. */
  readonly revisions: readonly RevisionFacts[];
  readonly hasIntents: boolean;
  /** `true` only if the agent belongs to one process and that is certainly gone. */
  readonly isOwnerGone: boolean;
  /** Most live versions of one agent in the service; absent where each revision is an agent of its own. */
  readonly mostVersions: number | undefined;
  /** By the registry's clock. */
  readonly now: number;
}

/** Reads everything that decides over one agent; `undefined` if there is no such agent. Safe without the lease: nothing is decided for good on it. */
export async function readFacts(
  core: ManagerCore,
  key: AgentKey,
  policies: ResolvedPolicies,
): Promise<AgentFacts | undefined> {
  const { registry } = core.options;
  const now = await registry.now();
  const agent = await registry.agents.get({ key });
  if (agent === undefined) return undefined;
  const isOwnerGone =
    agent.ephemeralOwner !== undefined && (await registry.processes.isDead({ process: agent.ephemeralOwner }));
  const around = {
    agent,
    aliases: await aliasesByRevision(core, key),
    now,
    uses: await lastUses(core, key),
    sessions: await liveSessions(core, key, policies.sessions === undefined ? 0 : now - policies.sessions.unusedForMs),
  };
  const revisions = await Array.fromAsync(liveRevisions(registry, key), (revision) => toFacts(revision, around));
  const { items } = await registry.intents.list({ location: key.location, scope: key.scope, name: key.name, limit: 1 });
  const mostVersions = mostVersionsOf(core.options.service.capabilities);
  return { agent, revisions, hasIntents: items.length > 0, isOwnerGone, mostVersions, now };
}

interface Around {
  readonly agent: AgentRecord;
  readonly aliases: ReadonlyMap<Fingerprint, readonly string[]>;
  readonly now: number;
  readonly uses: ReadonlyMap<Fingerprint, number>;
  readonly sessions: ReadonlyMap<Fingerprint, number>;
}

function toFacts(revision: RevisionRecord, around: Around): RevisionFacts {
  const { fingerprint, remote, stamped, createdAt, markedAt, definition } = revision;
  const { tools } = definition;
  return {
    fingerprint,
    remote,
    state: revision.state === "retiring" ? "retiring" : "active",
    stamped,
    createdAt,
    markedAt,
    lastUsedAt: around.uses.get(fingerprint),
    holds: holdsOf(revision, around),
    sessions: around.sessions.get(fingerprint) ?? 0,
    tools: Array.isArray(tools) ? tools.length : 0,
  };
}

/** When each revision of the agent was used last. */
async function lastUses(core: ManagerCore, key: AgentKey): Promise<ReadonlyMap<Fingerprint, number>> {
  const uses = new Map<Fingerprint, number>();
  const place = { location: key.location, scope: key.scope, name: key.name, limit: 1_000 };
  for await (const used of eachItem((cursor) => core.options.registry.usage.list({ ...place, cursor })))
    uses.set(used.fingerprint, used.lastUsedAt);
  return uses;
}

/** How many sessions that were used at `since` or later are pinned to each revision: counts, never the sessions. */
async function liveSessions(
  core: ManagerCore,
  key: AgentKey,
  since: number,
): Promise<ReadonlyMap<Fingerprint, number>> {
  const counts = new Map<Fingerprint, number>();
  const place = { location: key.location, scope: key.scope, name: key.name, limit: 1_000 };
  for await (const session of eachItem((cursor) => core.options.registry.sessions.list({ ...place, cursor }))) {
    if (session.lastUsedAt < since) continue;
    counts.set(session.fingerprint, (counts.get(session.fingerprint) ?? 0) + 1);
  }
  return counts;
}

/** Whether nothing holds the revision and Tenure made it. Its use is judged elsewhere. */
export function mayGo(revision: RevisionFacts): boolean {
  return revision.stamped && !isHeld(revision) && revision.sessions === 0;
}

/** Whether something holds the revision, apart from one kind of hold. */
export function isHeld(revision: RevisionFacts, but?: "current"): boolean {
  return revision.holds.some(({ kind }) => kind !== but);
}

/** Being made counts as a use. */
export function lastUseOf(revision: RevisionFacts): number {
  return Math.max(revision.createdAt, revision.lastUsedAt ?? 0);
}
