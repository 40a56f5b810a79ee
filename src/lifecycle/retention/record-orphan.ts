import { auditEvent, isOurStamp, isReleased, type ManagerCore, recordCopy } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import type { RemoteAgent, RemoteRevision } from "../../services/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import { tryUnderLease } from "./try-lease.ts";

/** The name under which an agent of the service is an orphan of this scope; `undefined` if it is none, or so young that somebody may be making it. */
export async function orphanName(core: ManagerCore, agent: RemoteAgent, now: number): Promise<string | undefined> {
  const { registry, service, scope, lateMs, timeoutMs } = core.options;
  const { stamp, createdAt } = agent.latest;
  if (stamp === undefined || stamp.scope !== scope || createdAt > now - lateMs - timeoutMs) return undefined;
  const key = { location: service.location, scope, name: stamp.agentName };
  if ((await registry.agents.get({ key })) !== undefined || (await isReleased(registry, key))) return undefined;
  return stamp.agentName;
}

/**
 * Records an orphan, every version of it with our stamp, and marks it: who uses it within the grace period keeps it. `undefined` if somebody is changing
 * it, 0 if it is no orphan any more.
 */
export async function recordOrphan(
  core: ManagerCore,
  params: { readonly key: AgentKey; readonly serviceName: string; readonly signal: AbortSignal | undefined },
): Promise<number | undefined> {
  const { key, serviceName } = params;
  return tryUnderLease(core, params, async (work) => {
    if ((await core.options.registry.agents.get({ key })) !== undefined) return 0;
    let recorded = 0;
    for (const copy of await oldestCopies(work, serviceName)) {
      await recordCopy(core, { key, held: work.held, copy });
      if (recorded === 0) await noteOrphan(work);
      recorded += 1;
    }
    if (recorded > 0) core.emit({ type: "orphan.recorded", agentName: key.name, serviceName, revisions: recorded });
    return recorded;
  });
}

/** Right behind the first record: an interrupted run is gone on with by this note. */
async function noteOrphan({ core, key, held }: LeasedWork): Promise<void> {
  const data = { cause: "orphans", before: null, after: "recorded" };
  await core.options.registry.agents.update({
    lease: held.lease,
    key,
    settings: { retirement: "orphans" },
    events: [auditEvent(core, { type: "orphan.recorded", key, data })],
  });
}

/** One copy of each configuration, the oldest; the others are removed by a deep recovery. */
async function oldestCopies({ core, key, signal }: LeasedWork, serviceName: string): Promise<Iterable<RemoteRevision>> {
  const copies = new Map<string, RemoteRevision>();
  for await (const revision of core.options.service.listRevisions({ serviceName, signal }))
    if (isOurStamp(revision.stamp, key)) copies.set(revision.stamp.fingerprint, revision);
  return [...copies.values()].toReversed();
}
