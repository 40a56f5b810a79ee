import { auditEvent, deleteSessionTraces, type ManagerCore } from "../../manager/index.ts";
import { type Lease, type SessionRecord, sessionResource } from "../../registry/contract/index.ts";

/** Deleting a conversation and a record takes far less; the lease is not renewed. */
const LEASE_MS = 60_000;

/**
 * Ends a session that was not used since `usedBefore`: its answers and its conversation in the service, then its record. `false` if somebody is running it, or has used it
 * meanwhile. The session's lease keeps a run from beginning in between.
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
  try {
    const current = await registry.sessions.get({ key, sessionId });
    if (current === undefined || current.lastUsedAt >= params.usedBefore) return false;
    const { conversationId, lastUsedAt } = current;
    await deleteSessionTraces(service, current, params.signal);
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
