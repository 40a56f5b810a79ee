import { diffDefinitions, fingerprintOf, type JsonObject, sortTools } from "../../config/index.ts";
import { isOurStamp, liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteAgent, RemoteRevision, Stamp } from "../../services/contract/index.ts";
import type { LifecycleCallOptions } from "../under-lease.ts";
import type { Observation } from "./finding.ts";

/** Which version that is not ours was dealt with last: it is not drift again. */
export function settledVersion(agent: AgentRecord): string | undefined {
  const { driftSettled } = agent.settings;
  return typeof driftSettled === "string" ? driftSettled : undefined;
}

/**
 * Compares the agent as the service holds it with what it held after our last writes: one read of the agent and one of its versions, and one of each version that
 * neither shows.
 * Nothing for an agent without live revisions.
 */
export async function inspect(
  core: ManagerCore,
  agent: AgentRecord,
  options: LifecycleCallOptions = {},
): Promise<readonly Observation[]> {
  const { service, registry } = core.options;
  const { serviceName } = agent;
  const registered = new Map<string, RevisionRecord>();
  for await (const revision of liveRevisions(registry, agent.key)) registered.set(revision.remote.id, revision);
  if (registered.size === 0) return [];
  const remote = await service.get({ serviceName, signal: options.signal });
  const missing = new Map(registered);
  const found: Observation[] = [];
  let foreign: Stamp | undefined;
  if (remote !== undefined) {
    for await (const shown of service.listRevisions({ serviceName, signal: options.signal })) {
      if (!isOurStamp(shown.stamp, agent.key)) foreign ??= shown.stamp;
      const revision = registered.get(shown.ref.id);
      if (revision === undefined) continue;
      missing.delete(shown.ref.id);
      found.push(...compareRevision(revision, shown));
    }
    found.push(...compareAgent(agent, remote, registered));
  }
  for (const revision of missing.values()) {
    // The agent and its list may be stale: what they do not show is looked up by itself.
    const shown = await service.getRevision({ ref: revision.remote, signal: options.signal });
    if (shown === undefined) found.push({ source: "deleted", revision, shown: undefined, difference: [] });
    else found.push(...compareRevision(revision, shown));
  }
  return found.map((observation) => ({ ...observation, foreign }));
}

function compareRevision(revision: RevisionRecord, shown: RemoteRevision): readonly Observation[] {
  const difference =
    fingerprintOf(shown.definition) === revision.storedFingerprint
      ? []
      : differenceOf(revision.stored, shown.definition);
  const lost = revision.stamped && !isOurStamp(shown.stamp, revision.key);
  const stamp = lost ? [{ path: "metadata (the stamp)", kind: "removed" as const, before: revision.key.scope }] : [];
  if (difference.length === 0 && !lost) return [];
  return [{ source: "edited", revision, shown, difference: [...difference, ...stamp] }];
}

/** A disabled agent, and a version on top that is neither registered nor ours. Our own unregistered versions are recovery's affair. */
function compareAgent(
  agent: AgentRecord,
  remote: RemoteAgent,
  registered: ReadonlyMap<string, RevisionRecord>,
): readonly Observation[] {
  const current = [...registered.values()].find(({ fingerprint }) => fingerprint === agent.current);
  const found: Observation[] = [];
  if (remote.state === "disabled" && agent.settings["disabledAccepted"] !== true) {
    found.push({
      source: "disabled",
      revision: current,
      shown: remote.latest,
      difference: [{ path: "state", kind: "changed", before: "enabled", after: "disabled" }],
    });
  }
  const { latest } = remote;
  const isKnown =
    registered.has(latest.ref.id) || isOurStamp(latest.stamp, agent.key) || settledVersion(agent) === latest.ref.id;
  if (!isKnown) {
    const difference = current === undefined ? [] : differenceOf(current.stored, latest.definition);
    found.push({ source: "newer-version", revision: current, shown: latest, difference });
  }
  return found;
}

/** The order of tools has no meaning. */
function differenceOf(before: JsonObject, after: JsonObject): Observation["difference"] {
  return diffDefinitions(withSortedTools(before), withSortedTools(after));
}

function withSortedTools(definition: JsonObject): JsonObject {
  const { tools } = definition;
  return Array.isArray(tools) ? { ...definition, tools: sortTools(tools) } : definition;
}
