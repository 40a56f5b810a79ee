import { TenureError } from "../../errors/index.ts";
import type { IntentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import { dropIntent, type Finishing } from "./drop-intent.ts";
import { liveRevisions } from "./live-revisions.ts";
import { deleteOwned } from "./owned.ts";
import { removeRetired } from "./remove-retired.ts";
import { isOurStamp } from "./target.ts";

/**
 * Ends the deletions that others began on an agent, under its lease. Whoever is about to hold a revision does this first: their requests may still arrive, and would
 * take what is held now. Rejects with the service's error if it cannot be told what became of them.
 */
export async function finishDeletions(context: ProtocolContext, params: Finishing): Promise<void> {
  const { location, scope, name } = params.key;
  const { items } = await context.options.registry.intents.list({ location, scope, name, limit: 1000 });
  for (const intent of items) if (intent.kind !== "create") await finishDeletion(context, params, intent);
}

/**
 * A deletion that was begun. What is gone is recorded as gone. A revision that is still marked is deleted now: the request of whoever began may arrive at
 * any moment, so nobody may be given it any more. The rest is given up, so that whoever wanted it decides anew.
 */
export async function finishDeletion(context: ProtocolContext, params: Finishing, intent: IntentRecord): Promise<void> {
  const { key, held } = params;
  const { registry } = context.options;
  let removed = 0;
  let left = 0;
  for await (const revision of liveRevisions(registry, key)) {
    if (intent.fingerprint !== undefined && intent.fingerprint !== revision.fingerprint) continue;
    const shown = await context.options.service.getRevision({ ref: revision.remote, signal: params.signal });
    const gone = shown === undefined || (await completeDeletion(context, params, { intent, revision, shown }));
    if (!gone) left += 1;
    else {
      await registry.agents.updateRevision({
        lease: held.lease,
        key,
        fingerprint: revision.fingerprint,
        state: "deleted",
      });
      removed += 1;
    }
  }
  const result = removed > 0 ? "deleted" : "dropped";
  if (intent.kind === "delete-agent" && left === 0) {
    const agent = await registry.agents.get({ key });
    const owned = agent === undefined ? {} : await deleteOwned(context, agent, params.signal);
    const data = { intentId: intent.id, holder: intent.holder.id, owned };
    await registry.agents.delete({
      lease: held.lease,
      key,
      events: [auditEvent(context, { type: "recovery.deleted", key, data })],
    });
    context.emit({ type: "recovery.intent", agentName: key.name, intentId: intent.id, result: "deleted" });
    return;
  }
  await dropIntent(context, params, { intent, result });
}

/** `false` if the deletion is not to be completed: it was an order for the whole agent, somebody took the mark away, or the service refuses. */
async function completeDeletion(
  context: ProtocolContext,
  params: Finishing,
  begun: { readonly intent: IntentRecord; readonly revision: RevisionRecord; readonly shown: RemoteRevision },
): Promise<boolean> {
  const { intent, revision, shown } = begun;
  if (intent.kind !== "delete-revision" || revision.state !== "retiring") return false;
  if (!isOurStamp(shown.stamp, params.key) || shown.stamp.fingerprint !== revision.fingerprint) return false;
  params.held.assertHeld();
  try {
    await removeRetired(context, params, { revision, isLast: intent.payload["isLast"] === true });
    return true;
  } catch (thrown) {
    if (isRefusal(TenureError.from(thrown))) return false;
    throw thrown;
  }
}

/** Whether the service has said that it will not do it: then nothing of it is under way. */
export function isRefusal({ code }: TenureError): boolean {
  return code === "service_refused" || code === "service_conflict" || code === "forbidden" || code === "unauthorized";
}
