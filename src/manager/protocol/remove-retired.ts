import { TenureError } from "../../errors/index.ts";
import type { RevisionRecord } from "../../registry/contract/index.ts";
import type { ProtocolContext } from "./context.ts";
import type { Finishing } from "./drop-intent.ts";
import { deleteFromService } from "./removal.ts";
import { removeAround } from "./remove-around.ts";
import { isOurStamp } from "./target.ts";

/**
 * Deletes a revision that was marked long enough ago. `isLast`: its agent goes as a whole and nothing else of it is left, so that the agent goes where the service
 * refuses to delete its last version, unless there is anything but this very version in it. Rejects with the service's error.
 */
export async function removeRetired(
  context: ProtocolContext,
  params: Finishing,
  doomed: { readonly revision: Pick<RevisionRecord, "remote" | "fingerprint">; readonly isLast: boolean },
): Promise<void> {
  const { key, held, signal } = params;
  const { remote, fingerprint } = doomed.revision;
  try {
    await deleteFromService(context, { kind: "revision", ref: remote, signal });
  } catch (thrown) {
    const refusal = TenureError.from(thrown);
    if (!doomed.isLast || refusal.code !== "service_refused") throw refusal;
    await removeAround(context, {
      serviceName: remote.name,
      refusal,
      mayGo: ({ ref, stamp }) => ref.id === remote.id && isOurStamp(stamp, key) && stamp.fingerprint === fingerprint,
      held,
      signal,
    });
  }
}
