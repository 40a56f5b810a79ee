import { TenureError } from "../../errors/index.ts";
import { auditEvent } from "../../manager/index.ts";
import type { AgentRecord } from "../../registry/contract/index.ts";
import { routeEndpoint } from "../endpoint/route-endpoint.ts";
import { aliasesByRevision, holdsOf } from "../revisions/holds.ts";
import type { LeasedWork } from "../under-lease.ts";
import type { Observation } from "./finding.ts";
import { rewriteRevision } from "./rewrite-revision.ts";

/**
 * Brings back what our last write left, under the lease. An edited revision is made anew and takes the place of the edited copy. Of deleted ones those are
 * made anew that something holds; the rest are recorded as gone, and made when they are asked for. A version that is not ours is not touched (P4): the
 * agent's endpoint is pinned to the current revision instead. A disabled agent is enabled.
 */
export async function revertDrift(work: LeasedWork, agent: AgentRecord, observation: Observation): Promise<void> {
  switch (observation.source) {
    case "edited":
      return rewrite(work, agent, observation);
    case "deleted":
      return (await isHeld(work, agent, observation))
        ? rewrite(work, agent, observation)
        : noteDeleted(work, observation);
    case "newer-version":
      return keepCurrent(work, agent, observation);
    case "disabled":
      return enable(work, agent);
  }
}

/** Records that the service lost a revision. */
export async function noteDeleted({ core, key, held }: LeasedWork, { revision }: Observation): Promise<void> {
  if (revision === undefined) return;
  const { fingerprint, remote } = revision;
  const data = { cause: "drift", fingerprint, before: { ...remote }, after: null };
  const events = [auditEvent(core, { type: "revision.missing", key, data })];
  await core.options.registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: "deleted", events });
  core.known.forget(key.name, fingerprint);
  core.emit({ type: "revision.missing", agentName: key.name, fingerprint, remote, cause: "drift" });
}

async function rewrite(work: LeasedWork, agent: AgentRecord, observation: Observation): Promise<void> {
  const { revision, shown, foreign } = observation;
  if (revision === undefined) return;
  if (foreign !== undefined) {
    throw new TenureError(
      "scope_conflict",
      `"${agent.serviceName}" in the service has versions of agent "${foreign.agentName}" of scope "${foreign.scope}": nothing is written beside them.`,
      {
        details: { owner: { scope: foreign.scope, agentName: foreign.agentName } },
        hint: "Let one scope give it up: end its transfer, or delete what is not wanted.",
      },
    );
  }
  if (!revision.stamped) {
    throw new TenureError(
      "agent_drifted",
      `Revision ${revision.remote.id} of "${work.key.name}" was not made by Tenure, so Tenure does not change it back.`,
    );
  }
  await rewriteRevision(work, { agent, revision, shown });
}

async function isHeld({ core, key }: LeasedWork, agent: AgentRecord, { revision }: Observation): Promise<boolean> {
  if (revision === undefined) return false;
  const aliases = await aliasesByRevision(core, key);
  return holdsOf(revision, { agent, aliases, now: core.options.runtime.now() }).length > 0;
}

async function keepCurrent(work: LeasedWork, agent: AgentRecord, { revision, shown }: Observation): Promise<void> {
  const { core, key, held } = work;
  if (core.options.service.endpoints === undefined || revision === undefined) {
    throw new TenureError(
      "agent_drifted",
      `The newer version ${shown?.ref.id ?? ""} of "${key.name}" is not ours to delete, and the service has no endpoint to pin.`,
      {
        hint: "Delete the version in the service, or adopt it.",
      },
    );
  }
  await routeEndpoint(work, { agent, revision, onlyIfRouted: false });
  await core.options.registry.agents.update({
    lease: held.lease,
    key,
    settings: { driftSettled: shown?.ref.id ?? null },
  });
}

async function enable({ core, key, signal }: LeasedWork, agent: AgentRecord): Promise<void> {
  const { service } = core.options;
  if (service.enable === undefined)
    throw new TenureError("agent_drifted", `The service cannot enable "${key.name}" again.`);
  const outcome = await service.enable({ serviceName: agent.serviceName, signal });
  if (outcome.kind !== "ok") throw outcome.error;
}
