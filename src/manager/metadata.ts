import type { Fingerprint, RemoteRef } from "../config/index.ts";
import type { AgentKey, AgentRecord, AgentRegistry, RevisionRecord } from "../registry/contract/index.ts";
import type { ResolvedManagerOptions } from "./options.ts";
import { eachItem, liveRevisions } from "./protocol/live-revisions.ts";

/** What the registry knows of one agent. Times are ISO 8601. */
export interface AgentMetadata {
  readonly agentName: string;
  /** The current revision as the service knows it; absent while none is committed. */
  readonly remote: RemoteRef | undefined;
  readonly serviceName: string;
  readonly fingerprint: Fingerprint | undefined;
  readonly model: string | undefined;
  readonly webSearchEnabled: boolean;
  readonly ephemeral: boolean;
  readonly createdAt: string;
}

/** An agent that has a record. */
export interface FoundAgent {
  readonly metadata: AgentMetadata;
  /** Whether there is a revision of it. The record comes with the first intent, and stays while a write may still arrive or a use is remembered. */
  readonly isRegistered: boolean;
}

/** Which agents: those of a manager's scope. */
type Scope = Pick<ResolvedManagerOptions, "registry" | "service" | "scope">;

/** What the registry knows of one agent; `undefined` if nothing. */
export async function findAgent(registry: AgentRegistry, key: AgentKey): Promise<FoundAgent | undefined> {
  const agent = await registry.agents.get({ key });
  return agent === undefined ? undefined : describe(registry, agent);
}

/** The same for every agent of a scope of which there is a revision, by name. */
export async function* listRegistered(scope: Scope): AsyncGenerator<AgentMetadata, void, undefined> {
  for await (const agent of eachRecord(scope)) {
    const { metadata, isRegistered } = await describe(scope.registry, agent);
    if (isRegistered) yield metadata;
  }
}

/** The names of all agents of a scope that have a record. */
export async function* listNames(scope: Scope): AsyncGenerator<string, void, undefined> {
  for await (const { key } of eachRecord(scope)) yield key.name;
}

/** Every record of a scope, by name. */
export function eachRecord({ registry, service, scope }: Scope): AsyncIterable<AgentRecord> {
  return eachItem((cursor) => registry.agents.list({ location: service.location, scope, cursor, limit: 1000 }));
}

async function describe(registry: AgentRegistry, agent: AgentRecord): Promise<FoundAgent> {
  const { key, current } = agent;
  const revision = current === undefined ? undefined : await registry.agents.getRevision({ key, fingerprint: current });
  const isRegistered = revision !== undefined || (await hasRevision(registry, key));
  return { metadata: metadataOf(agent, revision), isRegistered };
}

/** The current revision may be gone while older ones are there. */
async function hasRevision(registry: AgentRegistry, key: AgentKey): Promise<boolean> {
  for await (const _ of liveRevisions(registry, key)) return true;
  return false;
}

function metadataOf(agent: AgentRecord, current: RevisionRecord | undefined): AgentMetadata {
  return {
    agentName: agent.key.name,
    remote: current?.remote,
    serviceName: agent.serviceName,
    fingerprint: agent.current,
    model: current?.model,
    webSearchEnabled: current?.webSearchEnabled ?? false,
    ephemeral: agent.ephemeralOwner !== undefined,
    createdAt: new Date(agent.createdAt).toISOString(),
  };
}
