import { TenureError } from "../errors/index.ts";
import type { AgentKey } from "../registry/contract/index.ts";
import type { RemoteRevision } from "../services/contract/index.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import type { HeldLease } from "./protocol/held-lease.ts";
import { liveRevisions } from "./protocol/live-revisions.ts";
import { removeAround } from "./protocol/remove-around.ts";
import { deleteFromService } from "./protocol/removal.ts";
import { isOurStamp } from "./protocol/target.ts";

interface Place {
  readonly key: AgentKey;
  readonly serviceName: string;
  readonly signal: AbortSignal;
}

export interface FoundRevisions {
  readonly ours: readonly RemoteRevision[];
  /** How many carry no stamp of ours. */
  readonly others: number;
}

/** Deletions that are under way at the same time: an agent may have a thousand versions, and one resolution's time has to do for all. */
const PARALLEL = 4;

/** What the service holds under the agent's name. A list may lag behind, so the latest one and those that the registry knows are looked up by themselves. */
export async function findRevisions(context: ProtocolContext, place: Place): Promise<FoundRevisions> {
  const { service, registry } = context.options;
  const { key, serviceName, signal } = place;
  const found = new Map<string, RemoteRevision>();
  for await (const revision of service.listRevisions({ serviceName, signal })) found.set(revision.ref.id, revision);
  const latest = (await service.get({ serviceName, signal }))?.latest;
  if (latest !== undefined) found.set(latest.ref.id, latest);
  for await (const { remote } of liveRevisions(registry, key)) {
    if (found.has(remote.id)) continue;
    const shown = await service.getRevision({ ref: remote, signal });
    if (shown !== undefined) found.set(remote.id, shown);
  }
  const ours = [...found.values()].filter(({ stamp }) => isOurStamp(stamp, key));
  return { ours, others: found.size - ours.length };
}

/**
 * Deletes these revisions one by one, and never the agent around them: a draft, or a version that somebody adds meanwhile, is not ours to delete (P4).
 * Only where the service refuses, as it may with the last version or the one that its endpoint is pinned to, the agent is deleted, after another look
 * that finds nothing of anybody else. Rejects with the service's error.
 */
export async function deleteRevisions(
  context: ProtocolContext,
  params: Place & { readonly revisions: readonly RemoteRevision[]; readonly held: HeldLease },
): Promise<void> {
  const { serviceName, signal, held } = params;
  const next = params.revisions[Symbol.iterator]();
  let refusal: TenureError | undefined;
  let failure: TenureError | undefined;
  const work = async (): Promise<void> => {
    for (const { ref } of next) {
      try {
        held.assertHeld();
        await deleteFromService(context, { kind: "revision", ref, signal });
      } catch (thrown) {
        const error = TenureError.from(thrown);
        if (error.code === "service_refused") refusal = error;
        else failure ??= error;
      }
      if (failure !== undefined) return;
    }
  };
  // None of them rejects: nothing may be on its way to the service any more when the lease is given back.
  await Promise.all(Array.from({ length: PARALLEL }, work));
  if (failure !== undefined) throw failure;
  if (refusal === undefined) return;
  const mayGo = ({ stamp }: RemoteRevision): boolean => isOurStamp(stamp, params.key);
  await removeAround(context, { serviceName, refusal, mayGo, held, signal });
}
