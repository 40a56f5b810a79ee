import { type Fingerprint, fingerprintOf, type JsonObject } from "../../config/index.ts";
import { liveRevisions, type ManagerCore, movingKey } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { aliasesByRevision } from "../revisions/holds.ts";
import { type LeasedWork, underLease } from "../under-lease.ts";

/** All that the other scope's record is made of. `whole`: the note was written to its end, so the old record may go. */
export interface Move {
  readonly toScope: string;
  readonly serviceName: string;
  readonly serviceKey: string | undefined;
  readonly current: Fingerprint | undefined;
  readonly settings: JsonObject;
  readonly aliases: readonly { readonly alias: string; readonly fingerprint: Fingerprint }[];
  /** The copies, oldest first, each with the settings of its original and the version that this was. */
  readonly revisions: readonly { readonly copy: NewRevision; readonly settings: JsonObject; readonly before: string }[];
  readonly whole: boolean;
  /** The other scope's record has got everything: what is left concerns the service. */
  readonly received: boolean;
}

/** What is to be noted. */
interface Noting {
  readonly agent: AgentRecord;
  readonly toScope: string;
  /** Oldest first. */
  readonly revisions: readonly RevisionRecord[];
  readonly copies: ReadonlyMap<string, RemoteRevision>;
}

/**
 * Writes down the whole move before the old record goes. The service name can have one owner only, so in between neither scope has a record: the note has
 * what the stamps do not tell (current, aliases, settings). It is a record of its own, under a place that no service has.
 */
export async function writeMove({ core, key, signal }: LeasedWork, noting: Noting): Promise<void> {
  const { agents, intents } = core.options.registry;
  const { agent, revisions, copies } = noting;
  const place = movingKey(key);
  const settings = await settingsOf(core, noting);
  await underLease(core, { key: place, signal }, async ({ held: { lease } }) => {
    // What an earlier call wrote speaks of an agent that has changed since.
    await agents.delete({ lease, key: place });
    for (const revision of revisions) {
      const copy = copies.get(revision.fingerprint);
      if (copy === undefined) continue;
      await intents.commit({
        lease,
        intentId: undefined,
        revision: copyOf(revision, place, copy),
        makeCurrent: agent.current === revision.fingerprint,
        agent: { serviceName: agent.serviceName, serviceKey: undefined, settings },
      });
      await agents.updateRevision({
        lease,
        key: place,
        fingerprint: revision.fingerprint,
        settings: revision.settings,
      });
    }
    await agents.update({ lease, key: place, settings: { whole: true } });
  });
}

async function settingsOf(core: ManagerCore, { agent, toScope, revisions }: Noting): Promise<JsonObject> {
  const aliases = await aliasesByRevision(core, agent.key);
  return {
    toScope,
    serviceKey: agent.serviceKey,
    settings: agent.settings,
    aliases: [...aliases].flatMap(([fingerprint, names]) => names.map((alias) => ({ alias, fingerprint }))),
    before: Object.fromEntries(revisions.map(({ fingerprint, remote }) => [fingerprint, remote.id])),
  };
}

function copyOf(revision: RevisionRecord, key: AgentKey, copy: RemoteRevision): NewRevision {
  const { fingerprint, definition, model, webSearchEnabled } = revision;
  const stored = { stored: copy.definition, storedFingerprint: fingerprintOf(copy.definition) };
  return { key, fingerprint, remote: copy.ref, definition, ...stored, stamped: true, model, webSearchEnabled };
}

/** The move that was begun with the agent, if one was. */
export async function readMove(core: ManagerCore, key: AgentKey): Promise<Move | undefined> {
  const { registry } = core.options;
  const place = movingKey(key);
  const note = await registry.agents.get({ key: place });
  if (note === undefined) return undefined;
  const { toScope, serviceKey, settings, aliases, before, whole, received } = note.settings as unknown as NoteSettings;
  const revisions = (await Array.fromAsync(liveRevisions(registry, place))).toReversed();
  return {
    toScope,
    serviceName: note.serviceName,
    serviceKey,
    current: note.current,
    settings,
    aliases,
    revisions: revisions.map(
      ({ state: _state, markedAt: _markedAt, createdAt: _createdAt, settings: own, ...copy }) => ({
        copy,
        settings: own,
        before: before[copy.fingerprint] ?? "",
      }),
    ),
    whole: whole === true,
    received: received === true,
  };
}

type NoteSettings = Pick<Move, "toScope" | "serviceKey" | "settings" | "aliases"> & {
  readonly before: Readonly<Record<string, string>>;
  readonly whole?: boolean;
  readonly received?: boolean;
};

/** From here on a repeated call leaves the other scope's record alone. */
export async function noteReceived({ core, key, signal }: LeasedWork): Promise<void> {
  const place = movingKey(key);
  await underLease(core, { key: place, signal }, async ({ held }) => {
    await core.options.registry.agents.update({ lease: held.lease, key: place, settings: { received: true } });
  });
}

/** The move has ended. */
export async function removeMove({ core, key, signal }: LeasedWork): Promise<void> {
  const place = movingKey(key);
  await underLease(core, { key: place, signal }, async ({ held }) => {
    await core.options.registry.agents.delete({ lease: held.lease, key: place });
  });
}
