import { TenureError } from "../../errors/index.ts";
import { deleteFromService, isOurStamp } from "../../manager/index.ts";
import type { AgentKey, AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import type { AgentService, RemoteRevision } from "../../services/contract/index.ts";
import { findWritten } from "../find-written.ts";
import type { LeasedWork } from "../under-lease.ts";

interface Restamping {
  readonly agent: AgentRecord;
  readonly revision: RevisionRecord;
  /** The scope whose stamp the copy carries. */
  readonly scope: string;
  /** Copies that were made before, to be taken back if this one is refused. */
  readonly written: ReadonlyMap<string, RemoteRevision>;
}

/** Every version of the agent that carries the stamp of the key, oldest first. */
export async function copiesOf(
  service: AgentService,
  wanted: { readonly serviceName: string; readonly key: AgentKey; readonly signal: AbortSignal },
): Promise<readonly RemoteRevision[]> {
  const copies: RemoteRevision[] = [];
  for await (const shown of service.listRevisions({ serviceName: wanted.serviceName, signal: wanted.signal })) {
    if (isOurStamp(shown.stamp, wanted.key)) copies.unshift(shown);
  }
  return copies;
}

/** Writes the revision once more with the new owner's stamp: one write, never repeated (P2). If it is refused, the copies before it are taken back. */
export async function restamp(work: LeasedWork, params: Restamping): Promise<RemoteRevision> {
  try {
    return await writeCopy(work, params);
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (error.code !== "service_unavailable" && error.code !== "lease_lost") await takeBack(work, params);
    throw error;
  }
}

async function writeCopy(work: LeasedWork, params: Restamping): Promise<RemoteRevision> {
  const { core, key, held, signal } = work;
  const { service, runtime } = core.options;
  const { revision, scope } = params;
  const { serviceName } = params.agent;
  const old = await service.getRevision({ ref: revision.remote, signal });
  const target = { ...key, scope };
  held.assertHeld();
  const outcome = await service.createRevision({
    serviceName,
    definition: revision.definition,
    description: old?.description,
    metadata: old?.metadata ?? {},
    stamp: { scope, agentName: key.name, fingerprint: revision.fingerprint, intentId: runtime.newId() },
    signal,
  });
  const isIt = ({ stamp }: RemoteRevision): boolean =>
    isOurStamp(stamp, target) && stamp.fingerprint === revision.fingerprint;
  if (outcome.kind === "unknown") return findWritten(work, { serviceName, isIt, error: outcome.error });
  if (outcome.kind !== "ok") throw outcome.error;
  if (isOurStamp(outcome.value.stamp, target)) return outcome.value;
  const id = outcome.value.ref.id;
  throw new TenureError(
    "service_refused",
    `The service answered the copy of ${revision.remote.id} with ${id}, which it has: the stamp of an equal definition cannot be changed.`,
    {
      hint: "Give the agent in its old scope another configuration as its latest version, then transfer it.",
      details: { remote: revision.remote, answered: outcome.value.ref },
    },
  );
}

async function takeBack({ core, key, signal }: LeasedWork, { scope, written }: Restamping): Promise<void> {
  for (const copy of written.values()) {
    const now = await core.options.service.getRevision({ ref: copy.ref, signal });
    if (now === undefined || !isOurStamp(now.stamp, { ...key, scope })) continue;
    await deleteFromService(core, { kind: "revision", ref: now.ref, signal });
  }
}
