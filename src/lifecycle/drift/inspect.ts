import { diffDefinitions, fingerprintOf, type JsonObject, sortTools } from "../../config/index.ts";
import { isOurStamp, liveRevisions, type ManagerCore } from "../../manager/index.ts";
import type { AgentRecord, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteAgent, RemoteRevision, Stamp } from "../../services/contract/index.ts";
import type { LifecycleCallOptions } from "../under-lease.ts";
import type { Inspection, Observation } from "./finding.ts";

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
): Promise<Inspection> {
  const { service, registry } = core.options;
  const { serviceName } = agent;
  const registered = new Map<string, RevisionRecord>();
  for await (const revision of liveRevisions(registry, agent.key)) registered.set(revision.remote.id, revision);
  if (registered.size === 0) return { observations: [], unregistered: [] };
  const remote = await service.get({ serviceName, signal: options.signal });
  const missing = new Map(registered);
  const found: Observation[] = [];
  const unregistered: RemoteRevision[] = [];
  let foreign: Stamp | undefined;
  for (const shown of await versionsOf(core, remote, options)) {
    const isOurs = isOurStamp(shown.stamp, agent.key);
    if (!isOurs) foreign ??= shown.stamp;
    const revision = registered.get(shown.ref.id);
    missing.delete(shown.ref.id);
    if (revision !== undefined) found.push(...compareRevision(revision, shown));
    else if (isOurs) unregistered.unshift(shown);
  }
  if (remote !== undefined) found.push(...compareAgent(agent, remote, registered));
  found.push(...(await lookUp(core, missing.values(), options)));
  return { observations: found.map((observation) => ({ ...observation, foreign })), unregistered };
}

/** Every version that the agent and its list show, newest first. The list may lag behind what the service says of the agent itself. */
async function versionsOf(
  { options: { service } }: ManagerCore,
  remote: RemoteAgent | undefined,
  { signal }: LifecycleCallOptions,
): Promise<readonly RemoteRevision[]> {
  if (remote === undefined) return [];
  const { latest, serviceName } = remote;
  const listed = await Array.fromAsync(service.listRevisions({ serviceName, signal }));
  return listed.some(({ ref }) => ref.id === latest.ref.id) ? listed : [latest, ...listed];
}

/** Both may be stale: what they do not show is looked up by itself. */
async function lookUp(
  core: ManagerCore,
  missing: Iterable<RevisionRecord>,
  options: LifecycleCallOptions,
): Promise<readonly Observation[]> {
  const found: Observation[] = [];
  for (const revision of missing) {
    const shown = await core.options.service.getRevision({ ref: revision.remote, signal: options.signal });
    if (shown === undefined) found.push({ source: "deleted", revision, shown: undefined, difference: [] });
    else found.push(...compareRevision(revision, shown));
  }
  return found;
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
