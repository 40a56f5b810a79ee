import { TenureError } from "../../errors/index.ts";
import type { AgentRecord, NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import { pinnedOf } from "../agent-settings.ts";
import type { Deadline } from "../deadline.ts";
import type { ResolveOutcome } from "../managed-agent.ts";
import type { ProtocolContext } from "./context.ts";
import type { HeldLease } from "./held-lease.ts";
import { auditEvent } from "./audit.ts";
import { compareReadBack } from "./read-back.ts";
import { newAgentOf, type Target } from "./target.ts";

/** Pauses between tries of a commit whose answer was lost. */
const RETRY_MS = [0, 20, 100, 500, 2_000, 5_000] as const;

/** A revision that is to be committed, and what led to it. */
interface Committing {
  readonly target: Target;
  readonly held: HeldLease;
  readonly deadline: Deadline;
  readonly revision: NewRevision;
  /** The intent that ends with it, if any does. */
  readonly intentId: string | undefined;
  readonly outcome: ResolveOutcome;
  /** The agent as it was before, read under the lease. */
  readonly previous: AgentRecord | undefined;
}

/**
 * Commits with the fencing token. A commit may be repeated when its answer is lost, since it says what shall be, not what shall change.
 * Rejects with `lease_lost` if somebody else owns the agent now.
 */
export async function commitRevision(context: ProtocolContext, params: Committing): Promise<RevisionRecord> {
  const { held, deadline } = params;
  const commit = commitOf(context, params);
  let lost: TenureError | undefined;
  for (const pause of RETRY_MS) {
    if (pause > 0) await deadline.sleep(pause);
    try {
      const committed = await context.options.registry.intents.commit({ lease: held.lease, ...commit });
      return committed.revision;
    } catch (thrown) {
      lost = TenureError.from(thrown);
      if (!lost.retryable) throw lost;
    }
  }
  throw lost ?? new TenureError("internal", "The commit was not tried.");
}

/** A pinned agent keeps its current revision; the new one is there for those who ask for its configuration. */
function commitOf(context: ProtocolContext, params: Committing) {
  const { target, revision, intentId, outcome, previous } = params;
  const makeCurrent = previous?.current === undefined || pinnedOf(previous.settings) === undefined;
  const data = {
    cause: target.birth.cause ?? "getOrCreateAgent",
    before: previous?.current ?? null,
    after: makeCurrent ? revision.fingerprint : (previous?.current ?? null),
    fingerprint: revision.fingerprint,
    remote: { ...revision.remote },
    stamped: revision.stamped,
    intentId: intentId ?? null,
  };
  return {
    intentId,
    revision,
    makeCurrent,
    agent: newAgentOf(target),
    events: [
      auditEvent(context, { type: `agent.${outcome}`, key: target.key, data }),
      ...(outcome === "adopted" ? [] : compareReadBack(context, target, revision)),
    ],
  };
}
