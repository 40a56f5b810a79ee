import { TenureError } from "../errors/index.ts";
import { type AgentKey, type AgentRecord, agentResource } from "../registry/contract/index.ts";
import { protectionOf, shownProtection } from "./agent-settings.ts";
import type { Deadline } from "./deadline.ts";
import { deleteRevisions, findRevisions } from "./our-revisions.ts";
import { auditEvent } from "./protocol/audit.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import { deleteOwned } from "./protocol/owned.ts";
import { claimOrWait, type HeldLease } from "./protocol/held-lease.ts";
import { eachItem, liveRevisions } from "./protocol/live-revisions.ts";
import { deleteSessionTraces } from "./session-traces.ts";

interface Cleaning {
  readonly key: AgentKey;
  readonly deadline: Deadline;
}

/**
 * Deletes in the service what Tenure made for the agent, its sessions' conversations and answers included, then the record. Versions without our stamp stay (P4).
 * `false` if neither the registry nor the service knows an agent of ours by this name.
 */
export async function cleanupAgent(context: ProtocolContext, params: Cleaning): Promise<boolean> {
  const { key, deadline } = params;
  for (;;) {
    const held = await claimOrWait(context, { resource: agentResource(key), agentName: key.name, deadline });
    if (held === undefined) continue;
    try {
      return await cleanupHeld(context, { ...params, held });
    } catch (thrown) {
      if (TenureError.from(thrown).code !== "lease_lost") throw thrown;
    } finally {
      await held.release();
    }
  }
}

interface HeldCleaning extends Cleaning {
  readonly held: HeldLease;
}

async function cleanupHeld(context: ProtocolContext, params: HeldCleaning): Promise<boolean> {
  const { key, held } = params;
  const { registry, service, runtime } = context.options;
  const agent = await registry.agents.get({ key });
  const serviceName = agent?.serviceName ?? service.toServiceName(key.name);
  const place = { key, serviceName, signal: params.deadline.signal };
  const found = await findRevisions(context, place);
  if (agent === undefined && found.ours.length === 0) return false;
  if (agent !== undefined) await assertUnprotected(context, agent);
  const intentId = runtime.newId();
  await registry.intents.create({
    lease: held.lease,
    intent: { id: intentId, key, kind: "delete-agent", serviceName, fingerprint: undefined, payload: {} },
    agent: { serviceName, serviceKey: service.toServiceKey(serviceName) },
  });
  await deleteSessions(context, params);
  await deleteRevisions(context, { ...place, held, revisions: found.ours });
  const owned = agent === undefined ? {} : await deleteOwned(context, agent, params.deadline.signal);
  const revisions = found.ours.map((revision) => revision.ref.id);
  const data = { cause: "cleanupAgent", revisions, left: found.others, owned };
  await registry.agents.delete({
    lease: held.lease,
    key,
    events: [auditEvent(context, { type: "agent.deleted", key, data })],
  });
  context.emit({ type: "agent.deleted", agentName: key.name, cause: "cleanupAgent", left: found.others });
  return true;
}

/** A protection holds against orders too, until it is taken away. Rejects with `agent_protected`. */
async function assertUnprotected(context: ProtocolContext, agent: AgentRecord): Promise<void> {
  const { registry, runtime } = context.options;
  const now = runtime.now();
  let until = protectionOf(agent.settings, now);
  let what = `The agent "${agent.key.name}"`;
  for await (const revision of liveRevisions(registry, agent.key)) {
    if (until !== undefined) break;
    until = protectionOf(revision.settings, now);
    what = `Revision ${revision.remote.id} of "${agent.key.name}"`;
  }
  if (until === undefined) return;
  throw new TenureError("agent_protected", `${what} is protected until ${shownProtection(until)}.`);
}

async function deleteSessions(context: ProtocolContext, params: Cleaning): Promise<void> {
  const { key, deadline } = params;
  const { registry, service } = context.options;
  const sessions = eachItem((cursor) =>
    registry.sessions.list({ location: key.location, scope: key.scope, name: key.name, cursor, limit: 200 }),
  );
  for await (const session of sessions) {
    await deleteSessionTraces(service, session, deadline.signal);
  }
}
