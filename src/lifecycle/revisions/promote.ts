import type { ManagerCore } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import { moveAlias } from "../aliases/set-alias.ts";
import { endDeletions, getAgent, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { findRevision } from "./find-revision.ts";
import { passGate, type PromotionGate } from "./gate.ts";
import type { RevisionInfo } from "./list-revisions.ts";
import { listRevisions } from "./list-revisions.ts";
import { makeCurrent } from "./make-current.ts";
import { assertNotPinnedElsewhere } from "./rollback.ts";
import { TenureError } from "../../errors/index.ts";

/** What is promoted, to what, and on which evidence. */
export interface PromoteOptions extends LifecycleCallOptions {
  /** Fingerprint (whole, or `v1:` and its beginning) or version of the revision. */
  readonly to: string | number;
  /** The alias that shall stand for it. Default: it becomes the current revision. */
  readonly alias?: string | undefined;
  /** Scores that it must have. Default: none are asked for. */
  readonly gate?: PromotionGate | undefined;
  /** Kept in the audit trail. */
  readonly reason?: string | undefined;
}

/**
 * Makes a revision current, or points an alias to it, if its scores pass the gate. Gate and move happen under one lease.
 * Rejects with `change_forbidden` if the gate stays closed, `revision_not_found`, or `agent_protected` if another revision is pinned.
 */
export async function promote(core: ManagerCore, key: AgentKey, options: PromoteOptions): Promise<RevisionInfo> {
  const { to, alias, gate, reason } = options;
  const fingerprint = await underLease(core, { key, signal: options.signal }, async (work) => {
    await endDeletions(work);
    const agent = await getAgent(core, key);
    const revision = await findRevision(core, key, to);
    const before = alias === undefined ? undefined : await core.options.registry.aliases.get({ key, alias });
    const current = alias === undefined ? agent.current : before?.fingerprint;
    const scores =
      gate === undefined ? undefined : await passGate(core, gate, { key, fingerprint: revision.fingerprint, current });
    const evidence = {
      reason,
      gate: gate === undefined ? null : { ...gate },
      scores: scores === undefined ? null : { ...scores },
    };
    if (alias === undefined) {
      assertNotPinnedElsewhere(agent, revision);
      await makeCurrent(work, { agent, revision, cause: "promotion", evidence });
    } else {
      await moveAlias(work, { alias, revision, before, evidence });
    }
    return revision.fingerprint;
  });
  const promoted = (await listRevisions(core, key)).find((revision) => revision.fingerprint === fingerprint);
  if (promoted !== undefined) return promoted;
  throw new TenureError("revision_not_found", `The promoted revision of "${key.name}" was deleted just now.`);
}
