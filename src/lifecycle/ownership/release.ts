import { auditEvent, eachItem, type ManagerCore, releasedKey } from "../../manager/index.ts";
import type { AgentKey, NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import { getAgent, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";

/**
 * Forgets the agent without deleting anything in the service. Its record, aliases, sessions and use go; a note stays, so that neither recovery nor cleanup
 * acts on the stamps that the service keeps. `adopt`, or asking for one of its configurations, takes it back. Rejects with `agent_not_found`.
 */
export async function release(core: ManagerCore, key: AgentKey, options: LifecycleCallOptions = {}): Promise<void> {
  await underLease(core, { key, signal: options.signal }, async (work) => {
    const agent = await getAgent(core, key);
    const { registry } = core.options;
    const revisions = await Array.fromAsync(
      eachItem((cursor) => registry.agents.listRevisions({ key, states: ["active", "retiring"], cursor, limit: 200 })),
    );
    await writeNote(work, revisions);
    const data = {
      cause: "release",
      serviceName: agent.serviceName,
      before: agent.current ?? null,
      after: null,
      revisions: revisions.map(({ remote }) => remote.id),
    };
    await registry.agents.delete({
      lease: work.held.lease,
      key,
      events: [auditEvent(core, { type: "agent.released", key, data })],
    });
  });
  core.known.forget(key.name);
}

/** The note is a record of its own, under a place that no service has: it outlives the agent's. Written first, so that a crash leaves it rather than not. */
async function writeNote({ core, key, signal }: LeasedWork, revisions: readonly RevisionRecord[]): Promise<void> {
  const [newest] = revisions;
  if (newest === undefined) return;
  const place = releasedKey(key);
  const { state: _state, markedAt: _markedAt, createdAt: _createdAt, settings: _settings, ...revision } = newest;
  const note: NewRevision = { ...revision, key: place };
  await underLease(core, { key: place, signal }, async ({ held }) => {
    const agent = { serviceName: newest.remote.name, serviceKey: undefined };
    await core.options.registry.intents.commit({
      lease: held.lease,
      intentId: undefined,
      revision: note,
      makeCurrent: true,
      agent,
    });
  });
}

/** Takes the note away: the agent is ours again. */
export async function removeNote(core: ManagerCore, key: AgentKey, options: LifecycleCallOptions = {}): Promise<void> {
  const place = releasedKey(key);
  if ((await core.options.registry.agents.get({ key: place })) === undefined) return;
  await underLease(core, { key: place, signal: options.signal }, async ({ held }) => {
    await core.options.registry.agents.delete({ lease: held.lease, key: place });
  });
}
