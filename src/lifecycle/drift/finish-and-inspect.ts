import { fingerprintOf } from "../../config/index.ts";
import { finishIntents, finishShown, isOurStamp, settleCopy } from "../../manager/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { routeEndpoint } from "../endpoint/route-endpoint.ts";
import { getAgent, type LeasedWork } from "../under-lease.ts";
import type { Inspection, Observation } from "./finding.ts";
import { inspect } from "./inspect.ts";

/** Looks at the agent under its lease: whoever held it before may have changed the record. */
export async function inspectAnew({ core, key, signal }: LeasedWork): Promise<Inspection> {
  return inspect(core, await getAgent(core, key), { signal });
}

/**
 * Ends what was begun on the agent, then looks at it. A copy that an interrupted revert left, or a deletion under way, would else be written over by another one. Such
 * a copy may also arrive between the two, or be one that no intent tells of: if the look shows it beside what is not as it was, it is settled, and the next look counts.
 * Each is settled once: a stale answer may show it after it has gone.
 */
export async function finishAndInspect(work: LeasedWork): Promise<Inspection> {
  const { core, key, held, signal } = work;
  await finishIntents(core, { key, held, signal });
  const settled = new Set<string>();
  for (;;) {
    const inspection = await inspectAnew(work);
    const spare = spareCopies(inspection).filter(({ ref }) => !settled.has(ref.id));
    if (spare.length === 0) return inspection;
    await settle(work, spare);
    for (const { ref } of spare) settled.add(ref.id);
  }
}

/** Copies of a revision whose registered one was edited or is gone. In the place of one that is gone only one will do that is as it was made. */
function spareCopies({ observations, unregistered }: Inspection): readonly RemoteRevision[] {
  const isCopyOf = (copy: RemoteRevision, { source, revision }: Observation): boolean =>
    revision !== undefined &&
    isOurStamp(copy.stamp, revision.key) &&
    copy.stamp.fingerprint === revision.fingerprint &&
    (source === "edited" || (source === "deleted" && fingerprintOf(copy.definition) === revision.storedFingerprint));
  return unregistered.filter((copy) => observations.some((observation) => isCopyOf(copy, observation)));
}

async function settle(work: LeasedWork, spare: readonly RemoteRevision[]): Promise<void> {
  const { core, key, held, signal } = work;
  for (const copy of await finishShown(core, { key, held, signal, shown: spare }))
    await settleCopy(core, { key, held, signal, copy });
  for (const { stamp } of spare) if (stamp !== undefined) core.known.forget(key.name, stamp.fingerprint);
  await followRecord(work);
}

/** The record of a revision that was gone may have moved to a copy: an endpoint that was pinned goes with it. */
async function followRecord(work: LeasedWork): Promise<void> {
  const { core, key } = work;
  const agent = await getAgent(core, key);
  if (agent.current === undefined) return;
  const revision = await core.options.registry.agents.getRevision({ key, fingerprint: agent.current });
  if (revision !== undefined) await routeEndpoint(work, { agent, revision, onlyIfRouted: true });
}
