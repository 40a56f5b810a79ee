import { TenureError } from "../../errors/index.ts";
import { liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, RevisionRecord } from "../../registry/contract/index.ts";

/** Shortest part of a fingerprint that is taken for one, behind its `v1:`. */
const SHORTEST_PREFIX = 6;

/**
 * The live revision that `wanted` names: its whole fingerprint, the beginning of one (`v1:` and at least 6 digits), the service's version (`3`) or id
 * (`market-analyst:3`). Rejects with `revision_not_found`, or `invalid_option` if the beginning fits several.
 */
export async function findRevision(core: ManagerCore, key: AgentKey, wanted: string | number): Promise<RevisionRecord> {
  const name = String(wanted).trim();
  if (name === "")
    throw new TenureError("invalid_option", "Expected a revision: a fingerprint or a version, got an empty text.");
  const found: RevisionRecord[] = [];
  for await (const revision of liveRevisions(core.options.registry, key)) {
    if (revision.fingerprint === name) return revision;
    if (isNamedBy(revision, name)) found.push(revision);
  }
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    throw new TenureError("revision_not_found", `The agent "${key.name}" has no live revision "${name}".`, {
      details: { agentName: key.name, revision: name },
    });
  }
  const fingerprints = found.map((revision) => revision.fingerprint);
  throw new TenureError(
    "invalid_option",
    `"${name}" fits ${found.length} revisions of "${key.name}": give more of the fingerprint.`,
    {
      details: { fingerprints },
    },
  );
}

function isNamedBy(revision: RevisionRecord, name: string): boolean {
  if (revision.remote.version === name || revision.remote.id === name) return true;
  const isPrefix = name.startsWith("v1:") && name.length >= SHORTEST_PREFIX + "v1:".length;
  return isPrefix && revision.fingerprint.startsWith(name);
}
