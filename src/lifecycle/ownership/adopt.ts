import { TenureError } from "../../errors/index.ts";
import { auditEvent, isOurStamp, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { commitShown } from "../drift/adopt-drift.ts";
import { listRevisions, type RevisionInfo } from "../revisions/list-revisions.ts";
import { type LeasedWork, underLease } from "../under-lease.ts";
import { type OwnershipChange, ownershipSettings } from "./describe.ts";
import { removeNote } from "./release.ts";

/** What came of an adoption. */
export interface Adoption {
  /** `known`: the registry had it already. */
  readonly outcome: "adopted" | "known";
  readonly revisions: readonly RevisionInfo[];
}

/**
 * Takes an agent that is in the service and not in the registry: with every version that carries our stamp, and the latest as it is if nobody's stamp is on
 * it. Nothing is written in the service. What Tenure did not make it never deletes without an explicit order.
 *
 * Rejects with `agent_not_found` if the service has no such agent, `scope_conflict` or `name_collision` if it is somebody else's.
 */
export async function adopt(core: ManagerCore, key: AgentKey, options: OwnershipChange = {}): Promise<Adoption> {
  const settings = ownershipSettings(options);
  const outcome = await underLease(core, { key, signal: options.signal }, async (work) => {
    const { agents } = core.options.registry;
    const known = (await agents.get({ key })) !== undefined;
    if (!known) await adoptFromService(work);
    if (Object.keys(settings).length > 0) await agents.update({ lease: work.held.lease, key, settings });
    return known ? ("known" as const) : ("adopted" as const);
  });
  await removeNote(core, key, options);
  return { outcome, revisions: await listRevisions(core, key) };
}

async function adoptFromService(work: LeasedWork): Promise<void> {
  const { core, key, signal } = work;
  const { service } = core.options;
  const serviceName = service.toServiceName(key.name);
  const remote = await service.get({ serviceName, signal });
  if (remote === undefined) {
    throw new TenureError("agent_not_found", `The service has no agent "${serviceName}".`, {
      details: { serviceName },
    });
  }
  const ours: RemoteRevision[] = [];
  for await (const shown of service.listRevisions({ serviceName, signal })) {
    if (isOurStamp(shown.stamp, key)) ours.unshift(shown);
    else if (shown.stamp !== undefined) throw foreign(key, shown);
  }
  if (remote.latest.stamp === undefined) ours.push(remote.latest);
  const data = {
    cause: "adopt",
    serviceName,
    before: null,
    after: remote.latest.ref.id,
    revisions: ours.map(({ ref }) => ref.id),
  };
  const event = auditEvent(core, { type: "agent.adopted", key, data });
  const agent = { serviceName, serviceKey: service.toServiceKey(serviceName) };
  for (const [index, shown] of ours.entries()) {
    await commitShown(work, { agent, shown, makeCurrent: true, events: index === ours.length - 1 ? [event] : [] });
  }
}

function foreign(key: AgentKey, shown: RemoteRevision): TenureError {
  const owner = { scope: shown.stamp?.scope, agentName: shown.stamp?.agentName };
  const isSameScope = owner.scope === key.scope;
  return new TenureError(
    isSameScope ? "name_collision" : "scope_conflict",
    `Version ${shown.ref.id} belongs to agent "${owner.agentName}" of scope "${owner.scope}"; scope "${key.scope}" cannot adopt it for "${key.name}".`,
    { details: { remote: shown.ref, owner }, hint: "Let its owner transfer it." },
  );
}
