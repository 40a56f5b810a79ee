import type { Fingerprint, JsonObject, RemoteRef } from "../../config/index.ts";
import { eachItem, liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, RevisionRecord, UsageRecord } from "../../registry/contract/index.ts";
import { getAgent } from "../under-lease.ts";
import { aliasesByRevision, type Hold, holdsOf } from "./holds.ts";

/** One configuration of an agent as it exists in the service, and what is known of it. Times are ISO 8601. */
export interface RevisionInfo {
  readonly agentName: string;
  readonly fingerprint: Fingerprint;
  readonly remote: RemoteRef;
  /** `retiring`: marked for deletion, still usable. */
  readonly state: "active" | "retiring";
  readonly isCurrent: boolean;
  /** What keeps it from being deleted, sessions and use aside. */
  readonly holds: readonly Hold[];
  readonly aliases: readonly string[];
  readonly model: string;
  readonly webSearchEnabled: boolean;
  /** The definition that was asked for. */
  readonly definition: JsonObject;
  readonly createdAt: string;
  /** When it was marked for deletion. */
  readonly markedAt: string | undefined;
  /** Resolutions and runs as far as they were written. */
  readonly uses: number;
  readonly runs: number;
  readonly lastUsed: string | undefined;
}

/** Every live revision of the agent, newest first: at most the 1000 that a service keeps. Rejects with `agent_not_found`. */
export async function listRevisions(core: ManagerCore, key: AgentKey): Promise<readonly RevisionInfo[]> {
  const agent = await getAgent(core, key);
  const { registry, runtime } = core.options;
  const aliases = await aliasesByRevision(core, key);
  const usage = new Map<Fingerprint, UsageRecord>();
  const place = { location: key.location, scope: key.scope, name: key.name };
  for await (const used of eachItem((cursor) => registry.usage.list({ ...place, cursor, limit: 1000 })))
    usage.set(used.fingerprint, used);
  const now = runtime.now();
  return Array.fromAsync(liveRevisions(registry, key), (revision) => {
    const holds = holdsOf(revision, { agent, aliases, now });
    return {
      ...describe(revision, usage.get(revision.fingerprint)),
      holds,
      isCurrent: agent.current === revision.fingerprint,
      aliases: aliases.get(revision.fingerprint) ?? [],
    };
  });
}

/** The current revision; `undefined` if none is committed. Rejects with `agent_not_found`. */
export async function currentRevision(core: ManagerCore, key: AgentKey): Promise<RevisionInfo | undefined> {
  const revisions = await listRevisions(core, key);
  return revisions.find((revision) => revision.isCurrent);
}

function describe(
  revision: RevisionRecord,
  usage: UsageRecord | undefined,
): Omit<RevisionInfo, "holds" | "isCurrent" | "aliases"> {
  return {
    agentName: revision.key.name,
    fingerprint: revision.fingerprint,
    remote: revision.remote,
    state: revision.state === "retiring" ? "retiring" : "active",
    model: revision.model,
    webSearchEnabled: revision.webSearchEnabled,
    definition: revision.definition,
    createdAt: new Date(revision.createdAt).toISOString(),
    markedAt: isoTime(revision.markedAt),
    uses: usage?.uses ?? 0,
    runs: usage?.runs ?? 0,
    lastUsed: isoTime(usage?.lastUsedAt),
  };
}

function isoTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
