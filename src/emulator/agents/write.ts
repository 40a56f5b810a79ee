import { ServiceError } from "../errors.ts";
import type { RouteContext } from "../http/route.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import type { AgentRecord, AgentVersionRecord } from "../state.ts";
import { latestVersion } from "./resolve.ts";
import type { VersionDraft } from "./request-body.ts";

/** Documented limit, "Agent Service limits, quotas and regions". */
const maxVersions = 1000;

/** One spelling of a value: members sorted, those that are null or undefined left out. */
function canonical(value: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isJsonObject(value)) return value ?? null;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, canonical(member)]));
}

function isSame(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

/** The latest version if the write would change nothing in it, by the rule of `behaviour.dedupe`. */
function unchangedVersion(
  agent: AgentRecord,
  draft: VersionDraft,
  rule: "definition" | "all" | "off",
): AgentVersionRecord | undefined {
  if (rule === "off" || draft.draft) return undefined;
  const latest = latestVersion(agent);
  if (latest.draft || !isSame(latest.definition, draft.definition)) return undefined;
  if (rule === "definition") return latest;
  const isEqual = isSame({ ...latest.metadata }, { ...draft.metadata });
  return isEqual && latest.description === draft.description ? latest : undefined;
}

function nextSequence(context: RouteContext): number {
  context.state.lastSequence += 1;
  return context.state.lastSequence;
}

function draftName(agent: AgentRecord, nowMs: number): string {
  let stamp = nowMs;
  while (agent.versions.some((version) => version.version === `draft-${stamp}`)) stamp += 1;
  return `draft-${stamp}`;
}

function appendVersion(context: RouteContext, agent: AgentRecord, draft: VersionDraft): AgentVersionRecord {
  const createdAtMs = context.clock.nowMs();
  const version: AgentVersionRecord = {
    name: agent.name,
    version: draft.draft ? draftName(agent, createdAtMs) : String(agent.nextVersion),
    guid: context.ids.uuid(),
    ...draft,
    createdAtMs,
    sequence: nextSequence(context),
  };
  if (!draft.draft) agent.nextVersion += 1;
  agent.versions.push(version);
  context.state.counters.created.versions += 1;
  return version;
}

function createAgentRecord(context: RouteContext, name: string): AgentRecord {
  return {
    name,
    createdAtMs: context.clock.nowMs(),
    sequence: nextSequence(context),
    enabled: true,
    versions: [],
    nextVersion: 1,
    routing: [{ version: "@latest", percentage: 100 }],
    endpoint: { protocol_configuration: { responses: {} }, authorization_schemes: [{ type: "Entra" }] },
    sessions: [],
  };
}

/**
 * Makes a version of an agent, and the agent if there is none. A write that changes nothing gives the latest version.
 * Throws a `ServiceError` 400 `UserError` at the limit of versions.
 */
export function writeVersion(context: RouteContext, name: string, draft: VersionDraft): AgentVersionRecord {
  const { agents, counters, goneAgents } = context.state;
  const existing = agents.get(name);
  if (existing === undefined) {
    const agent = createAgentRecord(context, name);
    agents.set(name, agent);
    goneAgents.delete(name);
    counters.created.agents += 1;
    return appendVersion(context, agent, draft);
  }
  const unchanged = unchangedVersion(existing, draft, context.options.behaviour.dedupe);
  if (unchanged !== undefined) return unchanged;
  if (existing.versions.length >= maxVersions) {
    throw new ServiceError(400, "UserError", "Too many valid agent revisions");
  }
  return appendVersion(context, existing, draft);
}

/** Removes an agent with all its versions. */
export function removeAgent(context: RouteContext, agent: AgentRecord): void {
  const { agents, counters, goneAgents } = context.state;
  agents.delete(agent.name);
  goneAgents.set(agent.name, agent.sequence);
  counters.deleted.agents += 1;
  counters.deleted.versions += agent.versions.length;
}
