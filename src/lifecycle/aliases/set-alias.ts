import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, eachItem, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, AliasRecord, RevisionRecord } from "../../registry/contract/index.ts";
import { findRevision } from "../revisions/find-revision.ts";
import { endDeletions, getAgent, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";

/** Where an alias shall point, and from where. */
export interface SetAliasOptions extends LifecycleCallOptions {
  /** Fingerprint (whole, or `v1:` and its beginning) or version of the revision. */
  readonly to: string | number;
  /**
   * The `moves` that the caller saw last (0: the alias must be new): the alias is moved only if nobody did meanwhile, else `alias_conflict`.
   * Default: wherever it points now.
   */
  readonly expected?: number | undefined;
  /** Kept in the audit trail. */
  readonly reason?: string | undefined;
}

/** Points the alias to a revision. Rejects with `alias_conflict`, `revision_not_found` or `agent_not_found`. */
export async function setAlias(
  core: ManagerCore,
  place: { readonly key: AgentKey; readonly alias: string },
  options: SetAliasOptions,
): Promise<AliasRecord> {
  const { key, alias } = place;
  return underLease(core, { key, signal: options.signal }, async (work) => {
    await endDeletions(work);
    await getAgent(core, key);
    const revision = await findRevision(core, key, options.to);
    const before = await core.options.registry.aliases.get(place);
    return moveAlias(work, {
      alias,
      revision,
      before,
      expected: options.expected,
      evidence: { reason: options.reason },
    });
  });
}

/** Moves the alias under the lease. Pointing where it points already, with the right expectation, changes nothing. */
export async function moveAlias(
  { core, key, held }: LeasedWork,
  move: {
    readonly alias: string;
    readonly revision: RevisionRecord;
    readonly before: AliasRecord | undefined;
    readonly expected?: number | undefined;
    readonly evidence: JsonObject;
  },
): Promise<AliasRecord> {
  const { alias, revision, before } = move;
  const { fingerprint } = revision;
  const expected = move.expected ?? before?.moves ?? 0;
  if (before !== undefined && before.fingerprint === fingerprint && before.moves === expected) return before;
  const data = {
    cause: "order",
    alias,
    before: before?.fingerprint ?? null,
    after: fingerprint,
    evidence: move.evidence,
  };
  const events = [auditEvent(core, { type: "alias.moved", key, data })];
  const result = await core.options.registry.aliases.set({
    lease: held.lease,
    key,
    alias,
    fingerprint,
    expected,
    events,
  });
  if (!result.written || result.alias === undefined) throw conflict(key, alias, { expected, found: result.alias });
  core.emit({ type: "alias.moved", agentName: key.name, alias, fingerprint, before: before?.fingerprint });
  return result.alias;
}

/** Where the alias points; `undefined` if there is none. */
export async function getAlias(
  core: ManagerCore,
  place: { readonly key: AgentKey; readonly alias: string },
): Promise<AliasRecord | undefined> {
  return core.options.registry.aliases.get(place);
}

/** Every alias of the agent, by name. */
export async function listAliases(core: ManagerCore, key: AgentKey): Promise<readonly AliasRecord[]> {
  return Array.fromAsync(eachItem((cursor) => core.options.registry.aliases.list({ key, cursor, limit: 200 })));
}

/** Removes the alias; its revision stays. `false` if there was none. */
export async function deleteAlias(
  core: ManagerCore,
  place: { readonly key: AgentKey; readonly alias: string },
  options: LifecycleCallOptions = {},
): Promise<boolean> {
  const { key, alias } = place;
  return underLease(core, { key, signal: options.signal }, async ({ held }) => {
    const { aliases } = core.options.registry;
    const before = await aliases.get(place);
    if (before === undefined) return false;
    const data = { cause: "order", alias, before: before.fingerprint, after: null };
    const events = [auditEvent(core, { type: "alias.deleted", key, data })];
    const deleted = await aliases.delete({ lease: held.lease, key, alias, events });
    if (deleted)
      core.emit({
        type: "alias.moved",
        agentName: key.name,
        alias,
        fingerprint: undefined,
        before: before.fingerprint,
      });
    return deleted;
  });
}

function conflict(
  key: AgentKey,
  alias: string,
  seen: { readonly expected: number; readonly found: AliasRecord | undefined },
): TenureError {
  const { expected, found } = seen;
  const where =
    found === undefined ? "it does not exist" : `it moved ${found.moves} times and points to ${found.fingerprint}`;
  return new TenureError(
    "alias_conflict",
    `The alias "${alias}" of "${key.name}" was expected after ${expected} moves, but ${where}.`,
    {
      details: { agentName: key.name, alias, expected, moves: found?.moves ?? 0, fingerprint: found?.fingerprint },
    },
  );
}
