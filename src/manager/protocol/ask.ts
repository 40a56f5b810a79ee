import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import type { AgentService, RemoteRevision, Stamp } from "../../services/contract/index.ts";
import { isOurStamp } from "./target.ts";

/** What the service holds under the agent's name, seen from one configuration. `versions`: how many it has shown. */
export type Finding =
  | { readonly kind: "absent" }
  /** Ours, and a revision has this fingerprint. */
  | { readonly kind: "same"; readonly revision: RemoteRevision; readonly versions: number }
  /** Ours, but no revision has this fingerprint. */
  | { readonly kind: "other"; readonly latest: RemoteRevision; readonly versions: number }
  /** Nobody's stamp is on it. */
  | { readonly kind: "unmanaged"; readonly latest: RemoteRevision; readonly versions: number }
  /** Stamped by another scope, or for another agent name of this scope. */
  | { readonly kind: "foreign"; readonly stamp: Stamp };

interface Question {
  readonly service: AgentService;
  readonly key: AgentKey;
  readonly serviceName: string;
  readonly fingerprint: Fingerprint;
  readonly signal: AbortSignal;
}

/**
 * Asks the service before anything is written. The latest revision answers most questions alone; else all are read, since an older replica's revision, or
 * one made before an edit elsewhere, lies further down. Of several copies the oldest counts: all who ask then agree.
 */
export async function askService(question: Question): Promise<Finding> {
  const { service, key, serviceName, fingerprint, signal } = question;
  const agent = await service.get({ serviceName, signal });
  if (agent === undefined) return { kind: "absent" };
  let same: RemoteRevision | undefined;
  let ours = false;
  let foreign: Stamp | undefined;
  const ids = new Set<string>();
  const look = (revision: RemoteRevision): void => {
    ids.add(revision.ref.id);
    if (isOurStamp(revision.stamp, key)) {
      ours = true;
      if (revision.stamp.fingerprint === fingerprint) same = revision;
    } else if (revision.stamp !== undefined) {
      foreign ??= revision.stamp;
    }
  };
  // A list may lag behind what the service says of the agent itself.
  look(agent.latest);
  for await (const revision of service.listRevisions({ serviceName, signal })) look(revision);
  if (same !== undefined) return { kind: "same", revision: same, versions: ids.size };
  if (foreign !== undefined) return { kind: "foreign", stamp: foreign };
  return { kind: ours ? "other" : "unmanaged", latest: agent.latest, versions: ids.size };
}
