import { fingerprintOf } from "../../../config/index.ts";
import { isOurStamp, type ManagerCore } from "../../../manager/index.ts";
import type { AgentKey, AgentRecord, AliasRecord, RevisionRecord } from "../../../registry/contract/index.ts";
import type { RemoteAgent } from "../../../services/contract/index.ts";
import type { Observation } from "../../drift/finding.ts";
import { inspect } from "../../drift/inspect.ts";
import { keyOf } from "../../under-lease.ts";
import type { FleetAgent } from "../fleet.ts";

/** What registry and service say about one declared agent. */
export interface Seen {
  readonly key: AgentKey;
  readonly serviceName: string;
  readonly record: AgentRecord | undefined;
  /** The live revision of the declared configuration. */
  readonly wanted: RevisionRecord | undefined;
  /** The live revision that is current. */
  readonly current: RevisionRecord | undefined;
  readonly remote: RemoteAgent | undefined;
  /** The aliases that the agent declares, those that exist. */
  readonly aliases: ReadonlyMap<string, AliasRecord>;
  readonly drift: readonly Observation[];
}

/** Every agent of the service that the fleet names, by service key: a few pages, of which only these are kept. */
export async function listRemote(
  core: ManagerCore,
  agents: readonly FleetAgent[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, RemoteAgent>> {
  const { service } = core.options;
  const wanted = new Set(agents.map(({ name }) => placeName(core, service.toServiceName(name))));
  const found = new Map<string, RemoteAgent>();
  for await (const remote of service.listAgents({ signal })) {
    const key = placeName(core, remote.serviceName);
    if (wanted.has(key)) found.set(key, remote);
  }
  return found;
}

/** Looks at one agent. Whatever the list does not show as it should be is asked for by itself: lists may be stale. */
export async function observe(
  core: ManagerCore,
  agent: FleetAgent,
  from: { readonly listed: ReadonlyMap<string, RemoteAgent>; readonly signal: AbortSignal | undefined },
): Promise<Seen> {
  const { registry, service } = core.options;
  const key = keyOf(core, agent.name);
  const serviceName = service.toServiceName(agent.name);
  const record = await registry.agents.get({ key });
  const { fingerprint } = agent.normal;
  const wanted = record === undefined ? undefined : await liveRevision(core, key, fingerprint);
  const current = record?.current === fingerprint ? wanted : await liveRevision(core, key, record?.current);
  const aliases = new Map<string, AliasRecord>();
  for (const alias of record === undefined ? [] : agent.aliases) {
    const found = await registry.aliases.get({ key, alias });
    if (found !== undefined) aliases.set(alias, found);
  }
  const listed = from.listed.get(placeName(core, serviceName));
  const seen = { key, serviceName, record, wanted, current, aliases };
  if (record === undefined || current === undefined) return { ...seen, remote: listed, drift: [] };
  if (isAsLeft(listed, current)) return { ...seen, remote: listed, drift: [] };
  const remote = await service.get({ serviceName, signal: from.signal });
  const { observations } = await inspect(core, record, { signal: from.signal });
  return { ...seen, remote, drift: observations };
}

/** The list shows our current revision on top, as we left it. */
function isAsLeft(listed: RemoteAgent | undefined, current: RevisionRecord): boolean {
  if (listed === undefined || listed.state !== "enabled" || listed.latest.ref.id !== current.remote.id) return false;
  if (current.stamped && !isOurStamp(listed.latest.stamp, current.key)) return false;
  return fingerprintOf(listed.latest.definition) === current.storedFingerprint;
}

async function liveRevision(
  core: ManagerCore,
  key: AgentKey,
  fingerprint: RevisionRecord["fingerprint"] | undefined,
): Promise<RevisionRecord | undefined> {
  if (fingerprint === undefined) return undefined;
  const revision = await core.options.registry.agents.getRevision({ key, fingerprint });
  return revision?.state === "deleted" ? undefined : revision;
}

function placeName(core: ManagerCore, serviceName: string): string {
  return core.options.service.toServiceKey(serviceName) ?? serviceName;
}
