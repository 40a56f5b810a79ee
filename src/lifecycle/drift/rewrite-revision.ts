import { fingerprintOf } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, isOurStamp } from "../../manager/index.ts";
import type { AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { routeEndpoint } from "../endpoint/route-endpoint.ts";
import { findWritten } from "../find-written.ts";
import { removeOldCopy } from "../old-copy.ts";
import type { LeasedWork } from "../under-lease.ts";

interface Rewriting {
  readonly agent: AgentRecord;
  readonly revision: RevisionRecord;
  /** The copy that is not as it was; absent if it is gone. */
  readonly shown: RemoteRevision | undefined;
}

/**
 * Makes the revision in the service anew, as it was asked for: intent, one write, commit to the new copy, and only then the old copy goes, if it is ours.
 * A process that dies on the way leaves an intent that recovery ends; the revision is never without a copy that it was not without before.
 */
export async function rewriteRevision(work: LeasedWork, params: Rewriting): Promise<RevisionRecord> {
  const made = await writeCopy(work, params);
  const { core, key, held } = work;
  const { agent, revision } = params;
  const { fingerprint } = revision;
  const data = {
    cause: "drift",
    policy: "revert",
    fingerprint,
    before: { ...revision.remote },
    after: { ...made.copy.ref },
  };
  const committed = await core.options.registry.intents.commit({
    lease: held.lease,
    intentId: made.intentId,
    revision: {
      key,
      fingerprint,
      remote: made.copy.ref,
      definition: revision.definition,
      stored: made.copy.definition,
      storedFingerprint: fingerprintOf(made.copy.definition),
      stamped: true,
      model: revision.model,
      webSearchEnabled: revision.webSearchEnabled,
    },
    makeCurrent: agent.current === fingerprint,
    agent: { serviceName: agent.serviceName, serviceKey: agent.serviceKey },
    events: [auditEvent(core, { type: "revision.rewritten", key, data })],
  });
  core.known.forget(key.name, fingerprint);
  const isCurrent = agent.current === fingerprint;
  if (isCurrent) await routeEndpoint(work, { agent, revision: committed.revision, onlyIfRouted: true });
  // Also one that no answer showed: it may have been stale.
  if (revision.remote.id !== made.copy.ref.id)
    await removeOldCopy(work, { ref: revision.remote, fingerprint }, "drift");
  return committed.revision;
}

async function writeCopy(
  work: LeasedWork,
  { agent, revision, shown }: Rewriting,
): Promise<{ readonly intentId: string; readonly copy: RemoteRevision }> {
  const { core, key, held, signal } = work;
  const { registry, service, runtime } = core.options;
  const { fingerprint, definition, model, webSearchEnabled } = revision;
  const { serviceName } = agent;
  const intentId = runtime.newId();
  const payload = { definition, model, webSearchEnabled };
  const intent = { id: intentId, key, kind: "create" as const, serviceName, fingerprint, payload };
  await registry.intents.create({ lease: held.lease, intent, agent: { serviceName, serviceKey: agent.serviceKey } });
  held.assertHeld();
  const stamp = {
    scope: key.scope,
    agentName: key.name,
    fingerprint,
    intentId,
    ephemeralOwner: agent.ephemeralOwner?.id,
  };
  const isMade = (shown: RemoteRevision): boolean => isOurStamp(shown.stamp, key) && shown.stamp.intentId === intentId;
  const texts = { description: shown?.description, metadata: shown?.metadata ?? {} };
  const outcome = await service.createRevision({ serviceName, definition, ...texts, stamp, signal });
  // If it does not show, its intent stays for recovery.
  if (outcome.kind === "unknown")
    return { intentId, copy: await findWritten(work, { serviceName, isIt: isMade, error: outcome.error }) };
  if (outcome.kind === "ok" && isCopyOf(revision, outcome.value)) return { intentId, copy: outcome.value };
  await registry.intents.drop({ lease: held.lease, key, intentId });
  throw outcome.kind === "ok" ? notOurs(revision, outcome.value) : outcome.error;
}

/** A service may answer an equal definition with the version that it has, whoever made that. */
function isCopyOf(revision: RevisionRecord, { stamp }: RemoteRevision): boolean {
  return isOurStamp(stamp, revision.key) && stamp.fingerprint === revision.fingerprint;
}

function notOurs({ remote, key }: RevisionRecord, answered: RemoteRevision): TenureError {
  return new TenureError(
    "agent_drifted",
    `The service answered the copy of ${remote.id} of "${key.name}" with ${answered.ref.id}, which it has, with an equal definition and without our stamp: it makes no second one.`,
    {
      hint: "Adopt what is there, or delete it in the service.",
      details: { remote, answered: answered.ref },
    },
  );
}
