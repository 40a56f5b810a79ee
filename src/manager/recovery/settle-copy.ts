import type { RemoteRevision } from "../../services/contract/index.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import type { Finishing } from "../protocol/drop-intent.ts";
import { removeDuplicate } from "../protocol/intents.ts";
import { recordCopy, repoint } from "./record-copy.ts";

/** What became of a copy. `kept`: it is the registered one, nobody's, or gone. `repointed`: it took the place of the registered one, which is gone. */
export type Settled = "kept" | "recorded" | "repointed" | "removed";

/**
 * Brings a copy with our stamp and the registry in order, under the agent's lease: recorded if the registry knows none, removed if it knows another that is still
 * there.
 */
export async function settleCopy(
  context: ProtocolContext,
  params: Finishing & { readonly copy: RemoteRevision },
): Promise<Settled> {
  const { key, held, copy, signal } = params;
  const { registry, service } = context.options;
  if (copy.stamp === undefined) return "kept";
  const known = await registry.agents.getRevision({ key, fingerprint: copy.stamp.fingerprint });
  if (known === undefined || known.state === "deleted") {
    await recordCopy(context, { key, held, copy });
    return "recorded";
  }
  if (known.remote.id === copy.ref.id) return "kept";
  // The list that showed it may be older than its end.
  if ((await service.getRevision({ ref: copy.ref, signal })) === undefined) return "kept";
  const registered = await service.getRevision({ ref: known.remote, signal });
  if (registered === undefined) {
    await repoint(context, { held, known, copy });
    return "repointed";
  }
  await removeDuplicate(context, { copy, kept: known.remote, agentName: key.name, signal });
  return "removed";
}
