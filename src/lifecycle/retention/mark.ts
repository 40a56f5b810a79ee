import { auditEvent } from "../../manager/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import type { RevisionDecision } from "./decide.ts";
import { type Retirement, retirementOf } from "./retirement.ts";
import type { AgentRecord } from "../../registry/contract/index.ts";

/** Marks a revision: from now on whoever asks for it finds the mark and takes it away under the lease. */
export async function markRevision(work: LeasedWork, decision: RevisionDecision): Promise<void> {
  await setState(work, decision, { state: "retiring", type: "revision.marked" });
}

/** Takes the mark away. */
export async function unmarkRevision(work: LeasedWork, decision: RevisionDecision): Promise<void> {
  await setState(work, decision, { state: "active", type: "revision.unmarked" });
}

async function setState(
  { core, key, held }: LeasedWork,
  decision: RevisionDecision,
  to: { readonly state: "retiring" | "active"; readonly type: "revision.marked" | "revision.unmarked" },
): Promise<void> {
  const { fingerprint, remote, state } = decision.revision;
  const data = {
    cause: decision.rule ?? "kept",
    reason: decision.reason,
    fingerprint,
    remote: { ...remote },
    before: state,
    after: to.state,
    evidence: decision.evidence,
  };
  const events = [auditEvent(core, { type: to.type, key, data })];
  await core.options.registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: to.state, events });
  core.emit({ type: to.type, agentName: key.name, fingerprint, remote, cause: data.cause });
}

/** Notes in the agent's settings by which rule it goes as a whole, or that it stays. */
export async function noteRetirement(
  { core, key, held }: LeasedWork,
  agent: AgentRecord,
  retirement: Retirement | undefined,
): Promise<void> {
  const before = retirementOf(agent) ?? null;
  const after = retirement ?? null;
  if (before === after) return;
  const type = after === null ? "agent.unmarked" : "agent.marked";
  const events = [auditEvent(core, { type, key, data: { cause: after ?? "kept", before, after } })];
  await core.options.registry.agents.update({ lease: held.lease, key, settings: { retirement: after }, events });
}
