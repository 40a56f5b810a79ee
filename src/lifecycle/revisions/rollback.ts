import { TenureError } from "../../errors/index.ts";
import { liveRevisions, type ManagerCore, pinnedOf } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import { endDeletions, getAgent, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { findRevision } from "./find-revision.ts";
import { currentRevision, type RevisionInfo } from "./list-revisions.ts";
import { makeCurrent } from "./make-current.ts";

/** How an agent is rolled back. */
export interface RollbackOptions extends LifecycleCallOptions {
  /** Fingerprint (whole, or `v1:` and its beginning) or version of the revision. Default: the newest live revision that is older than the current one. */
  readonly to?: string | number | undefined;
  /** Kept in the audit trail. */
  readonly reason?: string | undefined;
}

/**
 * Makes an older revision current; nothing is written in the service, and no revision goes. Callers that ask for a configuration of their own keep
 * getting that; those that ask for the current one get the older from their next look on.
 *
 * Rejects with `revision_not_found` if there is no such revision any more, `agent_protected` if another one is pinned.
 */
export async function rollback(core: ManagerCore, key: AgentKey, options: RollbackOptions = {}): Promise<RevisionInfo> {
  await underLease(core, { key, signal: options.signal }, async (work) => {
    await endDeletions(work);
    const agent = await getAgent(core, key);
    const revision =
      options.to === undefined ? await olderRevision(work, agent) : await findRevision(core, key, options.to);
    assertNotPinnedElsewhere(agent, revision);
    await makeCurrent(work, { agent, revision, cause: "rollback", evidence: { reason: options.reason } });
  });
  return requireCurrent(core, key);
}

/** The current revision; `internal` if there is none right after it was set. */
export async function requireCurrent(core: ManagerCore, key: AgentKey): Promise<RevisionInfo> {
  const current = await currentRevision(core, key);
  if (current !== undefined) return current;
  throw new TenureError(
    "revision_not_found",
    `The agent "${key.name}" has no current revision any more: somebody deleted it just now.`,
  );
}

/** A pin holds `current` where it is: it is moved by `pin` and `unpin` alone. Rejects with `agent_protected`. */
export function assertNotPinnedElsewhere(agent: AgentRecord, revision: RevisionRecord): void {
  const pinned = pinnedOf(agent.settings);
  if (pinned === undefined || pinned === revision.fingerprint) return;
  throw new TenureError("agent_protected", `The agent "${agent.key.name}" is pinned to ${pinned}.`, {
    hint: "Unpin it, or pin the other revision.",
    details: { agentName: agent.key.name, pinned },
  });
}

async function olderRevision({ core, key }: LeasedWork, agent: AgentRecord): Promise<RevisionRecord> {
  let passed = false;
  for await (const revision of liveRevisions(core.options.registry, key)) {
    if (passed) return revision;
    passed = revision.fingerprint === agent.current;
  }
  throw new TenureError(
    "revision_not_found",
    `The agent "${key.name}" has no live revision older than the current one.`,
    {
      details: { agentName: key.name, current: agent.current },
    },
  );
}
