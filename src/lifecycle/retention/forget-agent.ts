import { auditEvent, deleteOwned, deleteSessionTraces, eachItem, isOurStamp } from "../../manager/index.ts";
import type { AgentRecord } from "../../registry/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import { retirementOf } from "./retirement.ts";

/**
 * The end of an agent that was retired as a whole and whose revisions are gone: what its sessions left in the service and what its configuration owns, then its record.
 * `false` if the service still shows something of ours under its name, which is then recovery's affair.
 */
export async function forgetAgent(work: LeasedWork, agent: AgentRecord): Promise<boolean> {
  const { core, key, held, signal } = work;
  const { service, registry } = core.options;
  const shown = await service.get({ serviceName: agent.serviceName, signal });
  if (shown !== undefined && isOurStamp(shown.latest.stamp, key)) return false;
  const sessions = await deleteSessions(work);
  const owned = await deleteOwned(core, agent, signal);
  const cause = retirementOf(agent) ?? "retention";
  const data = { cause, before: { serviceName: agent.serviceName }, after: null, evidence: { sessions, owned } };
  held.assertHeld();
  await registry.agents.delete({
    lease: held.lease,
    key,
    events: [auditEvent(core, { type: "agent.deleted", key, data })],
  });
  core.known.forget(key.name);
  core.emit({ type: "agent.deleted", agentName: key.name, cause });
  return true;
}

/** Every session's answers and conversation. Returns how many sessions there were. */
async function deleteSessions({ core, key, held, signal }: LeasedWork): Promise<number> {
  const { registry, service } = core.options;
  const place = { location: key.location, scope: key.scope, name: key.name, limit: 200 };
  let sessions = 0;
  for await (const session of eachItem((cursor) => registry.sessions.list({ ...place, cursor }))) {
    held.assertHeld();
    await deleteSessionTraces(service, session, signal);
    sessions += 1;
  }
  return sessions;
}
