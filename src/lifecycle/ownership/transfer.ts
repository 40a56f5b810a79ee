import { assertScope, type Fingerprint, fingerprintOf } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, deleteFromService, isOurStamp, liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, NewAgent, NewEvent, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { routedVersion, routeEndpoint } from "../endpoint/route-endpoint.ts";
import { aliasesByRevision } from "../revisions/holds.ts";
import { getAgent, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { copiesOf, restamp } from "./restamp.ts";

/** Where an agent goes. */
export interface TransferOptions extends LifecycleCallOptions {
  readonly toScope: string;
}

/** What a transfer moved. */
export interface Transfer {
  readonly agentName: string;
  readonly fromScope: string;
  readonly toScope: string;
  /** The new versions, oldest first. */
  readonly revisions: readonly { readonly fingerprint: string; readonly before: string; readonly after: string }[];
}

interface Moving {
  readonly from: LeasedWork;
  readonly to: LeasedWork;
  readonly agent: AgentRecord;
  readonly revisions: readonly RevisionRecord[];
}

/**
 * Gives the agent to another scope of the same registry. The stamp of a version cannot be changed, so every live revision is written once more with the new
 * owner's stamp; when all are there, the record moves with settings and aliases, and the old versions go. A transfer that was interrupted is ended by the
 * same call; use counted so far and the audit trail stay with the old scope.
 *
 * Rejects, with nothing changed, with `scope_conflict` if the other scope has such an agent, `agent_protected` if it has sessions or is an ephemeral one,
 * `version_limit` if the copies do not fit beside the old, and `service_refused` if the service answers equal definitions with the version that it has.
 */
export async function transfer(core: ManagerCore, key: AgentKey, options: TransferOptions): Promise<Transfer> {
  const { toScope, signal } = options;
  assertScope(toScope, "toScope");
  if (toScope === key.scope)
    throw new TenureError("invalid_option", `Expected \`toScope\` to be another scope than "${toScope}".`);
  const target: AgentKey = { ...key, scope: toScope };
  const moved = await underLease(core, { key, signal }, (from) =>
    underLease(core, { key: target, signal: from.signal }, (to) => transferHeld(from, to)),
  );
  core.known.forget(key.name);
  return { agentName: key.name, fromScope: key.scope, toScope, revisions: moved };
}

async function transferHeld(from: LeasedWork, to: LeasedWork): Promise<Transfer["revisions"]> {
  const { core, key } = from;
  const { agents } = core.options.registry;
  const begun = await agents.get({ key: to.key });
  const source = await agents.get({ key });
  if (source === undefined && begun !== undefined) {
    // The record moved in an earlier call that was interrupted: the old versions are what is left to do.
    await removeOldCopies(from, begun.serviceName);
    return [];
  }
  const agent = source ?? (await getAgent(core, key));
  if (begun !== undefined) throw occupied(to.key);
  const revisions = (await Array.fromAsync(liveRevisions(core.options.registry, key))).toReversed();
  const moving: Moving = { from, to, agent, revisions };
  await assertMovable(moving);
  const copies = await restampAll(moving);
  await moveRecord(moving, copies);
  await moveEndpoint(moving);
  await removeOldCopies(from, agent.serviceName);
  return revisions.map(({ fingerprint, remote }) => ({
    fingerprint,
    before: remote.id,
    after: copies.get(fingerprint)?.ref.id ?? "",
  }));
}

async function assertMovable({ from, agent, revisions }: Moving): Promise<void> {
  const { core, key } = from;
  const { service, registry } = core.options;
  const { maxVersions, versions } = service.capabilities;
  if (agent.ephemeralOwner !== undefined)
    throw new TenureError("agent_protected", `The agent "${key.name}" belongs to one process alone.`);
  if (!versions)
    throw new TenureError("service_refused", "The service has no versions: an agent's stamp cannot be written anew.");
  const sessions = await registry.sessions.list({ location: key.location, scope: key.scope, name: key.name, limit: 1 });
  if (sessions.items.length > 0) {
    throw new TenureError(
      "agent_protected",
      `The agent "${key.name}" has sessions, which are pinned to its versions.`,
      { hint: "End its sessions first." },
    );
  }
  if (maxVersions !== undefined && 2 * revisions.length > maxVersions) {
    throw new TenureError(
      "version_limit",
      `The ${revisions.length} revisions of "${key.name}" cannot stand beside their copies: the service keeps ${maxVersions} versions.`,
      {
        hint: "Delete revisions that nobody needs.",
      },
    );
  }
}

async function restampAll({ from, to, agent, revisions }: Moving): Promise<ReadonlyMap<string, RemoteRevision>> {
  const { service } = from.core.options;
  const copies = new Map<string, RemoteRevision>();
  for (const copy of await copiesOf(service, { serviceName: agent.serviceName, key: to.key, signal: from.signal })) {
    if (copy.stamp !== undefined) copies.set(copy.stamp.fingerprint, copy);
  }
  for (const revision of revisions) {
    if (copies.has(revision.fingerprint)) continue;
    copies.set(revision.fingerprint, await restamp(from, { agent, revision, scope: to.key.scope, written: copies }));
  }
  return copies;
}

/** The old record goes before the new one comes, since the service name can have one owner only. In between the stamps tell whose it is (P3). */
async function moveRecord(
  { from, to, agent, revisions }: Moving,
  copies: ReadonlyMap<string, RemoteRevision>,
): Promise<void> {
  const { core, key } = from;
  const { registry } = core.options;
  const aliases = await aliasesByRevision(core, key);
  const data = {
    cause: "transfer",
    before: key.scope,
    after: to.key.scope,
    revisions: revisions.map(({ fingerprint }) => fingerprint),
  };
  const lease = from.held.lease;
  await registry.agents.delete({ lease, key, events: [auditEvent(core, { type: "agent.transferred", key, data })] });
  const { endpointVersion: _endpointVersion, ...settings } = agent.settings;
  const event = auditEvent(core, { type: "agent.received", key: to.key, data });
  const facts = { serviceName: agent.serviceName, serviceKey: agent.serviceKey, settings };
  for (const [index, revision] of revisions.entries()) {
    const copy = copies.get(revision.fingerprint);
    if (copy === undefined) continue;
    const makeCurrent = agent.current === revision.fingerprint;
    await commitCopy(to, { revision, copy, makeCurrent, agent: facts, events: index === 0 ? [event] : [] });
    await setAliases(to, revision.fingerprint, aliases.get(revision.fingerprint) ?? []);
  }
}

/** An endpoint that was pinned is pinned to a version that is about to go. */
async function moveEndpoint({ to, agent }: Moving): Promise<void> {
  const { agents } = to.core.options.registry;
  if (routedVersion(agent) === undefined || agent.current === undefined) return;
  const moved = await getAgent(to.core, to.key);
  const revision = await agents.getRevision({ key: to.key, fingerprint: agent.current });
  if (revision !== undefined) await routeEndpoint(to, { agent: moved, revision, onlyIfRouted: false });
}

async function commitCopy(
  { core, key, held }: LeasedWork,
  found: {
    readonly revision: RevisionRecord;
    readonly copy: RemoteRevision;
    readonly makeCurrent: boolean;
    readonly agent: NewAgent;
    readonly events: readonly NewEvent[];
  },
): Promise<void> {
  const { revision, copy, makeCurrent, agent, events } = found;
  await core.options.registry.intents.commit({
    lease: held.lease,
    intentId: undefined,
    revision: {
      key,
      fingerprint: revision.fingerprint,
      remote: copy.ref,
      definition: revision.definition,
      stored: copy.definition,
      storedFingerprint: fingerprintOf(copy.definition),
      stamped: true,
      model: revision.model,
      webSearchEnabled: revision.webSearchEnabled,
    },
    makeCurrent,
    agent,
    events,
  });
}

async function setAliases(
  { core, key, held }: LeasedWork,
  fingerprint: Fingerprint,
  aliases: readonly string[],
): Promise<void> {
  for (const alias of aliases) {
    await core.options.registry.aliases.set({ lease: held.lease, key, alias, fingerprint, expected: 0 });
  }
}

/** What still carries the old scope's stamp, each read once more before it goes (P4). */
async function removeOldCopies({ core, key, held, signal }: LeasedWork, serviceName: string): Promise<void> {
  const { service } = core.options;
  for (const copy of await copiesOf(service, { serviceName, key, signal })) {
    const now = await service.getRevision({ ref: copy.ref, signal });
    if (now === undefined || !isOurStamp(now.stamp, key)) continue;
    held.assertHeld();
    await deleteFromService(core, { kind: "revision", ref: now.ref, signal });
    core.emit({
      type: "revision.deleted",
      agentName: key.name,
      fingerprint: now.stamp.fingerprint,
      remote: now.ref,
      cause: "transfer",
    });
  }
}

function occupied(key: AgentKey): TenureError {
  return new TenureError("scope_conflict", `The scope "${key.scope}" has an agent "${key.name}" already.`, {
    details: { owner: { scope: key.scope, agentName: key.name } },
  });
}
