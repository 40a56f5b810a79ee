import { REVISION_TRANSITIONS, type RevisionRecord, type RevisionState } from "../contract/index.ts";
import { illegalTransition } from "./failures.ts";

/** State and mark of a revision after it was asked to go to `to`; refuses steps that the table does not know. */
export function stepRevision(
  revision: Pick<RevisionRecord, "fingerprint" | "state" | "markedAt">,
  to: RevisionState | undefined,
  now: number,
): { readonly state: RevisionState; readonly markedAt: number | undefined } {
  const { state: from, markedAt } = revision;
  if (to === undefined || to === from) return { state: from, markedAt };
  if (!REVISION_TRANSITIONS[from].includes(to)) throw illegalTransition(revision.fingerprint, from, to);
  return { state: to, markedAt: to === "retiring" ? now : undefined };
}
