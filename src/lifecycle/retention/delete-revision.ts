import { TenureError } from "../../errors/index.ts";
import { auditEvent, isOurStamp, isRefusal, removeRetired } from "../../manager/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import { decideAgent, type RevisionDecision } from "./decide.ts";
import { readFacts } from "./facts.ts";
import type { ResolvedPolicies } from "./resolved-policies.ts";

/** `kept`: somebody has used or held it since. `foreign`: the service shows it without our stamp, so it is not ours to delete. */
export type Deletion = "deleted" | "kept" | "foreign";

/**
 * Deletes a revision that was marked long enough ago. Everything is read once more, under the lease and right before: use, current, pins, aliases,
 * protections and sessions in the registry, the stamp in the service (P4, P5). The intent is written first, so that whoever takes the lease from a dead
 * process ends what it began.
 */
export async function deleteRevision(
  work: LeasedWork,
  decision: RevisionDecision,
  policies: ResolvedPolicies,
): Promise<Deletion> {
  const { core, key, signal } = work;
  const { fingerprint, remote } = decision.revision;
  const confirmed = await confirm(work, decision, policies);
  if (confirmed === undefined) return "kept";
  const shown = await core.options.service.getRevision({ ref: remote, signal });
  if (shown !== undefined && (!isOurStamp(shown.stamp, key) || shown.stamp.fingerprint !== fingerprint)) {
    await noteForeign(work, decision);
    return "foreign";
  }
  const intentId = await writeIntent(work, confirmed);
  work.held.assertHeld();
  if (shown !== undefined) await deleteInService(work, confirmed, intentId);
  await commitDeletion(work, { decision: confirmed.decision, intentId, wasThere: shown !== undefined });
  return "deleted";
}

/** An intent stays when the outcome is not known; a refusal ends it. Rejects with the service's error. */
async function deleteInService(
  { core, key, held, signal }: LeasedWork,
  { decision, isLast }: Confirmed,
  intentId: string,
): Promise<void> {
  try {
    await removeRetired(core, { key, held, signal }, { revision: decision.revision, isLast });
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (isRefusal(error)) await core.options.registry.intents.drop({ lease: held.lease, key, intentId });
    throw error;
  }
}

/** Somebody took our stamp off it: it is used on, and never marked again. */
async function noteForeign({ core, key, held }: LeasedWork, { revision }: RevisionDecision): Promise<void> {
  const { fingerprint, remote } = revision;
  const data = { cause: "kept", reason: "The service shows it without our stamp.", fingerprint, remote: { ...remote } };
  await core.options.registry.agents.updateRevision({
    lease: held.lease,
    key,
    fingerprint,
    state: "active",
    stamped: false,
    events: [auditEvent(core, { type: "revision.unmarked", key, data })],
  });
}

interface Confirmed {
  readonly decision: RevisionDecision;
  /** The agent goes as a whole, and this is all that is left of it. */
  readonly isLast: boolean;
}

/** The same decision, made anew on what is true now; `undefined` if it has changed. */
async function confirm(
  work: LeasedWork,
  { revision }: RevisionDecision,
  policies: ResolvedPolicies,
): Promise<Confirmed | undefined> {
  const facts = await readFacts(work.core, work.key, policies);
  if (facts === undefined) return undefined;
  const { whole, revisions } = decideAgent(facts, policies);
  const decision = revisions.find((other) => other.revision.fingerprint === revision.fingerprint);
  if (decision?.kind !== "delete") return undefined;
  return { decision, isLast: whole !== undefined && facts.revisions.length === 1 };
}

async function writeIntent({ core, key, held }: LeasedWork, { decision, isLast }: Confirmed): Promise<string> {
  const { registry, runtime, service } = core.options;
  const id = runtime.newId();
  const { fingerprint, remote } = decision.revision;
  await registry.intents.create({
    lease: held.lease,
    intent: {
      id,
      key,
      kind: "delete-revision",
      serviceName: remote.name,
      fingerprint,
      payload: { remote: { ...remote }, isLast },
    },
    agent: { serviceName: remote.name, serviceKey: service.toServiceKey(remote.name) },
  });
  return id;
}

async function commitDeletion(
  { core, key, held }: LeasedWork,
  done: { readonly decision: RevisionDecision; readonly intentId: string; readonly wasThere: boolean },
): Promise<void> {
  const { decision, intentId, wasThere } = done;
  const { fingerprint, remote } = decision.revision;
  const { registry } = core.options;
  const data = {
    cause: decision.rule ?? "retention",
    reason: decision.reason,
    fingerprint,
    remote: { ...remote },
    before: "retiring",
    after: "deleted",
    wasThere,
    evidence: decision.evidence,
  };
  const events = [auditEvent(core, { type: "revision.deleted", key, data })];
  await registry.agents.updateRevision({ lease: held.lease, key, fingerprint, state: "deleted", events });
  await registry.intents.drop({ lease: held.lease, key, intentId });
  core.known.forget(key.name, fingerprint);
  core.emit({ type: "revision.deleted", agentName: key.name, fingerprint, remote, cause: data.cause });
}
