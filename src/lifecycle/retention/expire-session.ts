import { throwIfAborted } from "../../errors/index.ts";
import { auditEvent, Deadline, deleteSessionTraces, type ManagerCore } from "../../manager/index.ts";
import { type Lease, type SessionRecord, sessionResource } from "../../registry/contract/index.ts";

/** The lease is not renewed: what is deleted in the service has to be deleted well within it. */
const LEASE_MS = 60_000;
const DELETION_MS = 40_000;

/**
 * Ends a session that was not used since `usedBefore`: its answers and its conversation in the service, then its record. `false` if somebody is running it, or has used it
 * meanwhile. The session's lease keeps a run from beginning in between; a service that is slower than the lease ends it with `timeout`, and the record stays for the next run.
 */
export async function expireSession(
  core: ManagerCore,
  session: SessionRecord,
  params: { readonly usedBefore: number; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { registry, service } = core.options;
  const { key, sessionId } = session;
  const lease = await claim(core, sessionResource(key, sessionId));
  if (lease === undefined) return false;
  // Counted from the claim, so that the record is never deleted under a lease that has run out.
  using deadline = new Deadline(core.options.runtime, DELETION_MS, params.signal);
  try {
    const current = await registry.sessions.get({ key, sessionId });
    if (current === undefined || current.lastUsedAt >= params.usedBefore) return false;
    const { conversationId, lastUsedAt } = current;
    await deleteSessionTraces(service, current, deadline.signal);
    throwIfAborted(deadline.signal);
    await registry.sessions.delete({ key, sessionId });
    const data = {
      cause: "sessions",
      sessionId,
      conversationId: conversationId ?? null,
      lastUsed: new Date(lastUsedAt).toISOString(),
    };
    await registry.events.append({ events: [auditEvent(core, { type: "session.expired", key, data })] });
    core.emit({ type: "session.expired", agentName: key.name, sessionId });
    return true;
  } finally {
    await registry.leases.release({ lease });
  }
}

/** Not by way of `claimNow`: a run of this very process may hold it. */
async function claim(core: ManagerCore, resource: string): Promise<Lease | undefined> {
  const { registry } = core.options;
  const request = { resource, holder: core.process, ttlMs: LEASE_MS };
  const first = await registry.leases.claim(request);
  if (first.outcome === "claimed") return first.lease;
  const { holder } = first.lease;
  if (holder.id === core.process.id || !(await registry.processes.isDead({ process: holder }))) return undefined;
  const second = await registry.leases.claim({ ...request, takeFrom: first.lease });
  return second.outcome === "claimed" ? second.lease : undefined;
}
