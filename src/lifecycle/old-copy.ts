import type { Fingerprint, RemoteRef } from "../config/index.ts";
import { auditEvent, deleteFromService, isOurStamp } from "../manager/index.ts";
import type { LeasedWork } from "./under-lease.ts";

/**
 * Deletes a copy whose place in the registry another copy has taken, with an event in the trail. It is read once more, and goes only if it still carries the
 * key's stamp for this configuration (P4). What is asked for and what sessions are pinned to is the other copy (P5), so it goes at once: a run that still meets the old one finds
 * it missing and looks again.
 */
export async function removeOldCopy(
  { core, key, held, signal }: LeasedWork,
  old: { readonly ref: RemoteRef; readonly fingerprint: Fingerprint },
  cause: "drift" | "transfer",
): Promise<void> {
  const { service, registry } = core.options;
  const { fingerprint } = old;
  const now = await service.getRevision({ ref: old.ref, signal });
  // A service that has lost the whole agent may count its versions anew: then the number may be another revision's.
  if (now === undefined || !isOurStamp(now.stamp, key) || now.stamp.fingerprint !== fingerprint) return;
  held.assertHeld();
  await deleteFromService(core, { kind: "revision", ref: now.ref, signal });
  const reason = "Another copy took its place.";
  const data = { cause, reason, fingerprint, remote: { ...now.ref }, after: "deleted" };
  await registry.events.append({ events: [auditEvent(core, { type: "revision.deleted", key, data })] });
  core.emit({ type: "revision.deleted", agentName: key.name, fingerprint, remote: now.ref, cause });
}
