import { fingerprintOf } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, pinnedOf } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, NewEvent, NewRevision } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import type { Observation } from "./finding.ts";
import { noteDeleted } from "./revert-drift.ts";

/**
 * Takes what the service holds now for what is wanted, under the lease. A newer version becomes a revision, and current unless another is pinned; an edited
 * revision is measured against its new definition from now on; what is deleted is recorded as gone; a disabled agent may stay so.
 * A version of another scope is never adopted (P4): `scope_conflict`.
 */
export async function adoptDrift(work: LeasedWork, agent: AgentRecord, observation: Observation): Promise<void> {
  const { core, key, held } = work;
  const { agents } = core.options.registry;
  switch (observation.source) {
    case "newer-version":
      return adoptVersion(work, agent, observation);
    case "deleted":
      return noteDeleted(work, observation);
    case "disabled":
      await agents.update({ lease: held.lease, key, settings: { disabledAccepted: true } });
      return;
    case "edited": {
      const { revision, shown } = observation;
      if (revision === undefined || shown === undefined) return;
      const stored = { stored: shown.definition, storedFingerprint: fingerprintOf(shown.definition) };
      const data = {
        cause: "drift",
        policy: "adopt",
        fingerprint: revision.fingerprint,
        before: revision.stored,
        after: shown.definition,
      };
      const events = [auditEvent(core, { type: "revision.edited", key, data })];
      const stamped = shown.stamp !== undefined;
      await agents.updateRevision({
        lease: held.lease,
        key,
        fingerprint: revision.fingerprint,
        ...stored,
        stamped,
        events,
      });
    }
  }
}

async function adoptVersion(work: LeasedWork, agent: AgentRecord, { shown }: Observation): Promise<void> {
  const { core, key, held } = work;
  if (shown === undefined) return;
  if (shown.stamp !== undefined) {
    const { scope, agentName } = shown.stamp;
    throw new TenureError(
      "scope_conflict",
      `Version ${shown.ref.id} of "${key.name}" belongs to agent "${agentName}" of scope "${scope}".`,
      {
        details: { remote: shown.ref, owner: { scope, agentName } },
      },
    );
  }
  const { registry } = core.options;
  const fingerprint = fingerprintOf(shown.definition);
  const known = await registry.agents.getRevision({ key, fingerprint });
  const makeCurrent = agent.current === undefined || pinnedOf(agent.settings) === undefined;
  const data = {
    cause: "drift",
    policy: "adopt",
    fingerprint,
    before: agent.current ?? null,
    after: makeCurrent ? fingerprint : (agent.current ?? null),
  };
  const events = [auditEvent(core, { type: "agent.adopted", key, data })];
  if (known !== undefined && known.state !== "deleted") {
    // The same definition once more, without our stamp: the registered copy stays the one that is used.
    const settings = { driftSettled: shown.ref.id };
    await registry.agents.update({
      lease: held.lease,
      key,
      ...(makeCurrent ? { current: fingerprint } : {}),
      settings,
      events,
    });
    return;
  }
  await commitShown(work, { agent, shown, makeCurrent, events });
}

/** Records a version as the service shows it. One that Tenure did not make is used, and never deleted without an explicit order. */
export async function commitShown(
  { core, key, held }: LeasedWork,
  found: {
    readonly agent: Pick<AgentRecord, "serviceName" | "serviceKey">;
    readonly shown: RemoteRevision;
    readonly makeCurrent: boolean;
    readonly events: readonly NewEvent[];
  },
): Promise<void> {
  const { agent, shown, makeCurrent, events } = found;
  const revision = revisionOf(key, shown);
  await core.options.registry.intents.commit({
    lease: held.lease,
    intentId: undefined,
    revision,
    makeCurrent,
    agent: { serviceName: agent.serviceName, serviceKey: agent.serviceKey },
    events,
  });
  const { fingerprint, remote, stamped } = revision;
  core.emit({ type: "agent.adopted", agentName: key.name, fingerprint, remote, durationMs: 0, stamped });
}

/** What was asked for is then what the service holds. */
function revisionOf(key: AgentKey, { ref, stamp, definition }: RemoteRevision): NewRevision {
  const { model, tools } = definition;
  const storedFingerprint = fingerprintOf(definition);
  return {
    key,
    fingerprint: stamp?.fingerprint ?? storedFingerprint,
    remote: ref,
    definition,
    stored: definition,
    storedFingerprint,
    stamped: stamp !== undefined,
    model: typeof model === "string" ? model : "",
    webSearchEnabled: Array.isArray(tools) && tools.some((tool) => isWebSearch(tool)),
  };
}

function isWebSearch(tool: unknown): boolean {
  return typeof tool === "object" && tool !== null && "type" in tool && String(tool.type).startsWith("web_search");
}
