import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, isOurStamp } from "../../manager/index.ts";
import type { AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import { routeEndpoint } from "../endpoint/route-endpoint.ts";
import type { LeasedWork } from "../under-lease.ts";

/** Why another revision becomes current. */
export type CurrentCause = "rollback" | "promotion" | "pin" | "drift" | "fleet";

interface Move {
  readonly agent: AgentRecord;
  readonly revision: RevisionRecord;
  readonly cause: CurrentCause;
  /** What the audit trail is told beside before and after. */
  readonly evidence?: JsonObject | undefined;
  /** Settings of the agent that change with it. */
  readonly settings?: JsonObject | undefined;
}

/**
 * Makes a live revision current, under the agent's lease, after a look whether the service still has it. A mark for deletion is taken away.
 * Nothing happens, and nothing is told, if it is current already and no setting changes. Rejects with `revision_not_found` if the service lost it.
 */
export async function makeCurrent(work: LeasedWork, move: Move): Promise<AgentRecord> {
  const { core, key, held } = work;
  const { agent, revision, cause } = move;
  const { registry } = core.options;
  const { fingerprint, remote } = revision;
  if (agent.current === fingerprint && move.settings === undefined && revision.state === "active") return agent;
  await assertInService(work, revision);
  if (revision.state === "retiring")
    await registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: "active" });
  const data = {
    cause,
    before: agent.current ?? null,
    after: fingerprint,
    remote: { ...remote },
    evidence: move.evidence ?? {},
  };
  const updated = await registry.agents.update({
    lease: held.lease,
    key,
    current: fingerprint,
    settings: move.settings,
    events: [auditEvent(core, { type: "revision.current", key, data })],
  });
  if (agent.current !== fingerprint) {
    core.emit({ type: "revision.current", agentName: key.name, fingerprint, remote, before: agent.current, cause });
  }
  await routeEndpoint(work, { agent: updated, revision, onlyIfRouted: true });
  return updated;
}

/** The service still has the revision, with our stamp if it had one. A lost one is recorded as lost. */
async function assertInService(work: LeasedWork, revision: RevisionRecord): Promise<void> {
  const { core, key, held, signal } = work;
  const { fingerprint, remote } = revision;
  const shown = await core.options.service.getRevision({ ref: remote, signal });
  if (shown !== undefined && (!revision.stamped || isOurStamp(shown.stamp, key))) return;
  const cause = shown === undefined ? "not in the service" : "without our stamp in the service";
  if (shown === undefined) {
    const events = [
      auditEvent(core, { type: "revision.missing", key, data: { fingerprint, remote: { ...remote }, cause } }),
    ];
    await core.options.registry.agents.updateRevision({
      lease: held.lease,
      key,
      fingerprint,
      state: "deleted",
      events,
    });
    core.known.forget(key.name, fingerprint);
    core.emit({ type: "revision.missing", agentName: key.name, fingerprint, remote, cause });
  }
  throw new TenureError("revision_not_found", `Revision ${remote.id} of "${key.name}" is ${cause}.`, {
    details: { agentName: key.name, fingerprint, remote },
    hint: "Resolve its configuration with getOrCreateAgent: that makes it again.",
  });
}
