import { TenureError } from "../../errors/index.ts";
import { agentResource, type Lease } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import type { Deadline } from "../deadline.ts";
import type { ProtocolContext } from "./context.ts";
import { establish } from "./establish.ts";
import { claimNow, claimOrWait } from "./held-lease.ts";
import { removeDuplicate } from "./intents.ts";
import { noteOwned } from "./owned.ts";
import { ProtocolSteps } from "./steps.ts";
import { type Ensured, isOurStamp, reportLostLease, type Resolution, type Target } from "./target.ts";

/**
 * One agent for one configuration: steps 3 to 10 of the protocol (`docs/guarantees.md` draws them).
 *
 * Starts over whenever the lease was somebody else's or passed on, and ends with the revision, a typed error, or the deadline's reason.
 */
export async function ensureAgent(context: ProtocolContext, params: Resolution): Promise<Ensured> {
  const { target, deadline } = params;
  const late: RemoteRevision[] = [];
  const steps = new ProtocolSteps(target.key.name);
  const onMade = (revision: RemoteRevision): void => void late.push(revision);
  const ensured = await ensure(context, { ...params, steps, onMade }).finally(() => steps.enter("end"));
  await noteOwned(context, params);
  for (const revision of late) {
    if (revision.ref.id !== ensured.revision.remote.id) await discardLate(context, { target, revision, deadline });
  }
  return ensured;
}

interface Ensuring extends Resolution {
  readonly steps: ProtocolSteps;
  readonly onMade: (revision: RemoteRevision) => void;
}

async function ensure(context: ProtocolContext, params: Ensuring): Promise<Ensured> {
  const { target, deadline, steps, look } = params;
  const { registry } = context.options;
  const resource = agentResource(target.key);
  let isFirstRound = true;
  for (;;) {
    deadline.check();
    let seen: Lease | undefined;
    if (!target.verify) {
      steps.enter("look-up");
      const place = { key: target.key, fingerprint: target.config.fingerprint };
      const { revision, held } = await look(() => registry.agents.lookUp(place));
      if (revision?.state === "active") return { outcome: "reused", revision };
      // Once: whoever has waited asks for the lease, so that a wait that tells nothing is no wait for ever.
      seen = isFirstRound ? held : undefined;
      isFirstRound = false;
    }
    steps.enter("claim");
    const held = await claimOrWait(context, { resource, agentName: target.key.name, deadline, seen });
    if (held === undefined) continue;
    try {
      return await establish(context, { ...params, held });
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (error.code !== "lease_lost") throw error;
      reportLostLease(context, target, held.lease.fence);
    } finally {
      steps.enter("release");
      await held.release();
    }
  }
}

/**
 * A copy that this flow made after its lease had passed on, and that nobody adopted. It is removed under a new lease, after a look at the registry.
 * A failure is left to recovery, which knows the copy by its intent.
 */
async function discardLate(
  context: ProtocolContext,
  params: { readonly target: Target; readonly revision: RemoteRevision; readonly deadline: Deadline },
): Promise<void> {
  const { target, revision, deadline } = params;
  const { registry, service } = context.options;
  const { stamp } = revision;
  if (!isOurStamp(stamp, target.key)) return;
  try {
    const held = await claimNow(context, agentResource(target.key), target.key.name, deadline.signal);
    if (held === undefined) return;
    try {
      const known = await registry.agents.getRevision({ key: target.key, fingerprint: stamp.fingerprint });
      if (known === undefined || known.state === "deleted" || known.remote.id === revision.ref.id) return;
      // If somebody deleted the registered copy elsewhere, this one is the agent: recovery records it.
      if ((await service.getRevision({ ref: known.remote, signal: deadline.signal })) === undefined) return;
      await removeDuplicate(context, {
        copy: revision,
        kept: known.remote,
        agentName: target.key.name,
        signal: deadline.signal,
      });
    } finally {
      await held.release();
    }
  } catch (thrown) {
    context.emit({
      type: "agent.failed",
      agentName: target.key.name,
      fingerprint: stamp.fingerprint,
      code: TenureError.from(thrown).code,
      durationMs: 0,
    });
  }
}
