import { auditEvent, deleteOwned, eachItem, isOurStamp } from "../../manager/index.ts";
import type { AgentRecord } from "../../registry/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import { retirementOf } from "./retirement.ts";

/**
 * The end of an agent that was retired as a whole and whose revisions are gone: its conversations and what its configuration owns, then its record.
 * `false` if the service still shows something of ours under its name, which is then recovery's affair.
 */
export async function forgetAgent(work: LeasedWork, agent: AgentRecord): Promise<boolean> {
  const { core, key, held, signal } = work;
  const { service, registry } = core.options;
  const shown = await service.get({ serviceName: agent.serviceName, signal });
  if (shown !== undefined && isOurStamp(shown.latest.stamp, key)) return false;
  const conversations = await deleteConversations(work);
  const owned = await deleteOwned(core, agent, signal);
  const cause = retirementOf(agent) ?? "retention";
  const data = { cause, before: { serviceName: agent.serviceName }, after: null, evidence: { conversations, owned } };
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

async function deleteConversations({ core, key, signal }: LeasedWork): Promise<number> {
  const { registry, service } = core.options;
  const place = { location: key.location, scope: key.scope, name: key.name, limit: 200 };
  let deleted = 0;
  for await (const { conversationId } of eachItem((cursor) => registry.sessions.list({ ...place, cursor }))) {
    if (conversationId === undefined) continue;
    if (await service.runs.deleteConversation({ conversationId, signal })) deleted += 1;
  }
  return deleted;
}
