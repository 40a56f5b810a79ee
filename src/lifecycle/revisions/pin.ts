import { TenureError } from "../../errors/index.ts";
import { auditEvent, type ManagerCore, pinnedOf } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import { endDeletions, getAgent, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { findRevision } from "./find-revision.ts";
import type { RevisionInfo } from "./list-revisions.ts";
import { makeCurrent } from "./make-current.ts";
import { requireCurrent } from "./rollback.ts";

/**
 * Makes the revision (default: the current one) current and holds it there: new configurations are still made and used by those who ask for them, but do
 * not become current, and cleanup leaves the pinned revision alone. One revision at a time.
 */
export async function pin(
  core: ManagerCore,
  key: AgentKey,
  options: { readonly revision?: string | number | undefined } & LifecycleCallOptions = {},
): Promise<RevisionInfo> {
  await underLease(core, { key, signal: options.signal }, async (work) => {
    await endDeletions(work);
    const agent = await getAgent(core, key);
    const wanted = options.revision ?? agent.current;
    if (wanted === undefined)
      throw new TenureError("revision_not_found", `The agent "${key.name}" has no current revision to pin.`);
    const revision = await findRevision(core, key, wanted);
    const pinned = pinnedOf(agent.settings) === revision.fingerprint;
    await makeCurrent(work, {
      agent,
      revision,
      cause: "pin",
      settings: pinned ? undefined : { pinned: revision.fingerprint },
    });
  });
  return requireCurrent(core, key);
}

/** Lets `current` move again. `false` if nothing was pinned. The current revision stays what it is until the next change. */
export async function unpin(core: ManagerCore, key: AgentKey, options: LifecycleCallOptions = {}): Promise<boolean> {
  return underLease(core, { key, signal: options.signal }, async ({ held }) => {
    const agent = await getAgent(core, key);
    const pinned = pinnedOf(agent.settings);
    if (pinned === undefined) return false;
    const events = [
      auditEvent(core, { type: "revision.unpinned", key, data: { cause: "unpin", before: pinned, after: null } }),
    ];
    await core.options.registry.agents.update({ lease: held.lease, key, settings: { pinned: null }, events });
    return true;
  });
}
