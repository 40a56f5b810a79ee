import { TenureError } from "../../errors/index.ts";
import { auditEvent, liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, NewEvent, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { routedVersion, routeEndpoint } from "../endpoint/route-endpoint.ts";
import { removeOldCopy } from "../old-copy.ts";
import { getAgent, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { type Move, noteReceived, readMove, removeMove, writeMove } from "./move-note.ts";
import { receive } from "./receive.ts";
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

/** The two sides, each under its lease. */
interface Sides {
  readonly from: LeasedWork;
  readonly to: LeasedWork;
}

interface Moving extends Sides {
  readonly agent: AgentRecord;
  /** Oldest first. */
  readonly revisions: readonly RevisionRecord[];
}

/**
 * Gives the agent to another scope of the same registry. The stamp of a version cannot be changed, so every live revision is written once more with the new
 * owner's stamp; when all are there, the move is noted, the record moves with settings and aliases, and the old versions go. A transfer that was interrupted
 * is ended by the same call; use counted so far and the audit trail stay with the old scope.
 *
 * Rejects, with nothing changed, with `scope_conflict` if the other scope has such an agent or a move elsewhere is not ended, `agent_protected` if it has sessions or is an ephemeral one, `revision_not_found` if it has no live revision,
 * `version_limit` if the copies do not fit beside the old, and `service_refused` if the service answers equal definitions with the version that it has.
 */
export async function transfer(core: ManagerCore, key: AgentKey, options: TransferOptions): Promise<Transfer> {
  const { toScope, signal } = options;
  if (toScope === key.scope)
    throw new TenureError("invalid_option", `Expected \`toScope\` to be another scope than "${toScope}".`);
  const target: AgentKey = { ...key, scope: toScope };
  const moved = await underBothLeases(core, { key, target, signal }, transferHeld);
  core.known.forget(key.name);
  return { agentName: key.name, fromScope: key.scope, toScope, revisions: moved };
}

/** Always in the order of the scopes: two transfers in opposite directions would else wait for each other. */
function underBothLeases<Result>(
  core: ManagerCore,
  params: { readonly key: AgentKey; readonly target: AgentKey } & LifecycleCallOptions,
  body: (sides: Sides) => Promise<Result>,
): Promise<Result> {
  const { key, target, signal } = params;
  const [first, second] = key.scope < target.scope ? [key, target] : [target, key];
  return underLease(core, { key: first, signal }, (outer) =>
    underLease(core, { key: second, signal: outer.signal }, (inner) =>
      body(first === key ? { from: outer, to: inner } : { from: inner, to: outer }),
    ),
  );
}

async function transferHeld(sides: Sides): Promise<Transfer["revisions"]> {
  const { from, to } = sides;
  const { core, key } = from;
  const { agents } = core.options.registry;
  const source = await agents.get({ key });
  if (source !== undefined) await noteMove(sides, source);
  const move = await readMove(core, key);
  if (move?.whole !== true) {
    const ended = await agents.get({ key: to.key });
    if (ended === undefined) await getAgent(core, key);
    return [];
  }
  if (move.toScope !== to.key.scope) throw underWay(key, move);
  if (source !== undefined) await deleteSource(sides, move);
  if (!move.received)
    await receive(to, { move, event: movedEvent(sides, { type: "agent.received", key: to.key, move }) });
  await noteReceived(from);
  await moveEndpoint(to, move);
  await removeOldCopies(from, move.serviceName);
  await removeMove(from);
  return move.revisions.map(({ copy, before }) => ({
    fingerprint: copy.fingerprint,
    before,
    after: copy.remote.id,
  }));
}

/** Everything that does not change the registry's record: copies in the service, and the note of what is to follow. */
async function noteMove(sides: Sides, agent: AgentRecord): Promise<void> {
  const { from, to } = sides;
  const { registry } = from.core.options;
  if ((await registry.agents.get({ key: to.key })) !== undefined) throw occupied(to.key);
  const revisions = (await Array.fromAsync(liveRevisions(registry, from.key))).toReversed();
  const moving: Moving = { from, to, agent, revisions };
  await assertMovable(moving);
  const copies = await restampAll(moving);
  await writeMove(from, { agent, toScope: to.key.scope, revisions, copies });
}

async function assertMovable({ from, agent, revisions }: Moving): Promise<void> {
  const { core, key } = from;
  const { service, registry } = core.options;
  const { maxVersions, versions } = service.capabilities;
  if (revisions.length === 0)
    throw new TenureError("revision_not_found", `The agent "${key.name}" has no live revision that could be moved.`);
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

/** The old record goes before the new one comes, since the service name can have one owner only. In between the note and the stamps tell whose it is (P3). */
async function deleteSource(sides: Sides, move: Move): Promise<void> {
  const { core, key, held } = sides.from;
  const events = [movedEvent(sides, { type: "agent.transferred", key, move })];
  await core.options.registry.agents.delete({ lease: held.lease, key, events });
}

function movedEvent(
  { from, to }: Sides,
  told: { readonly type: "agent.transferred" | "agent.received"; readonly key: AgentKey; readonly move: Move },
): NewEvent {
  const data = {
    cause: "transfer",
    before: from.key.scope,
    after: to.key.scope,
    revisions: told.move.revisions.map(({ copy }) => copy.fingerprint),
  };
  return auditEvent(from.core, { type: told.type, key: told.key, data });
}

/** An endpoint that was pinned is pinned to a version that is about to go. */
async function moveEndpoint(to: LeasedWork, move: Move): Promise<void> {
  const { agents } = to.core.options.registry;
  if (routedVersion(move) === undefined) return;
  const agent = await getAgent(to.core, to.key);
  if (agent.current === undefined) return;
  const revision = await agents.getRevision({ key: to.key, fingerprint: agent.current });
  if (revision !== undefined) await routeEndpoint(to, { agent, revision, onlyIfRouted: false });
}

/** What still carries the old scope's stamp. */
async function removeOldCopies(from: LeasedWork, serviceName: string): Promise<void> {
  const { core, key, signal } = from;
  for (const { ref, stamp } of await copiesOf(core.options.service, { serviceName, key, signal }))
    if (stamp !== undefined) await removeOldCopy(from, { ref, fingerprint: stamp.fingerprint }, "transfer");
}

function occupied(key: AgentKey): TenureError {
  return new TenureError("scope_conflict", `The scope "${key.scope}" has an agent "${key.name}" already.`, {
    details: { owner: { scope: key.scope, agentName: key.name } },
  });
}

function underWay(key: AgentKey, { toScope }: Move): TenureError {
  return new TenureError(
    "scope_conflict",
    `The agent "${key.name}" is on its way from scope "${key.scope}" to "${toScope}": that transfer was interrupted.`,
    { details: { owner: { scope: toScope, agentName: key.name } }, hint: `Transfer it to "${toScope}" first.` },
  );
}
