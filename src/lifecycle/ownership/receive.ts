import type { Fingerprint } from "../../config/index.ts";
import type { NewEvent } from "../../registry/contract/index.ts";
import type { LeasedWork } from "../under-lease.ts";
import type { Move } from "./move-note.ts";

/**
 * Makes the other scope's record what the note says, under its lease. May be repeated, and may find that recovery has recorded some of the copies, or that
 * one of them has been deleted since: that one stays deleted.
 */
export async function receive(
  work: LeasedWork,
  { move, event }: { readonly move: Move; readonly event: NewEvent },
): Promise<void> {
  const { core, key, held } = work;
  const { lease } = held;
  const { agents, aliases } = core.options.registry;
  const live = await commitCopies(work, move);
  for (const { alias, fingerprint } of move.aliases) {
    if (live.has(fingerprint)) await aliases.set({ lease, key, alias, fingerprint, expected: 0 });
  }
  const { endpointVersion: _endpointVersion, ...settings } = move.settings;
  const current = move.current !== undefined && live.has(move.current) ? move.current : undefined;
  if (live.size > 0) await agents.update({ lease, key, current, settings, events: [event] });
}

/** Gives the fingerprints that are live afterwards. */
async function commitCopies({ core, key, held }: LeasedWork, move: Move): Promise<ReadonlySet<Fingerprint>> {
  const { agents, intents } = core.options.registry;
  const { lease } = held;
  const { serviceName, serviceKey } = move;
  const live = new Set<Fingerprint>();
  for (const { copy, settings } of move.revisions) {
    const { fingerprint } = copy;
    const known = await agents.getRevision({ key, fingerprint });
    if (known?.state === "deleted") continue;
    live.add(fingerprint);
    if (known === undefined) {
      const agent = { serviceName, serviceKey };
      const revision = { ...copy, key };
      await intents.commit({ lease, intentId: undefined, revision, makeCurrent: false, agent });
    }
    await agents.updateRevision({ lease, key, fingerprint, settings });
  }
  return live;
}
