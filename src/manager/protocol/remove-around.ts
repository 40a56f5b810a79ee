import type { TenureError } from "../../errors/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import type { ProtocolContext } from "./context.ts";
import type { HeldLease } from "./held-lease.ts";
import { deleteFromService } from "./removal.ts";

/** An agent of which the service refused to delete a version, as it may with the last one or the one that its endpoint is pinned to. */
interface Refused {
  readonly serviceName: string;
  readonly refusal: TenureError;
  /** Whether a version, draft or not, may go with the agent. */
  readonly mayGo: (revision: RemoteRevision) => boolean;
  readonly held: HeldLease;
  readonly signal: AbortSignal;
}

/**
 * Deletes the agent instead, after another look that finds nothing but what may go: a draft, or a version that somebody adds meanwhile, is not ours to delete (P4).
 * Rejects with the refusal if it finds more, or with the service's error.
 */
export async function removeAround(context: ProtocolContext, refused: Refused): Promise<void> {
  const { serviceName, refusal, held, signal } = refused;
  if (!(await isAllToGo(context, refused))) throw refusal;
  held.assertHeld();
  await deleteFromService(context, { kind: "agent", serviceName, signal });
}

/** The agent itself is read last: it knows of a new version before a list does. */
async function isAllToGo(context: ProtocolContext, { serviceName, mayGo, signal }: Refused): Promise<boolean> {
  const { service } = context.options;
  for await (const revision of service.listRevisions({ serviceName, signal, drafts: true }))
    if (!mayGo(revision)) return false;
  const agent = await service.get({ serviceName, signal });
  return agent === undefined || mayGo(agent.latest);
}
