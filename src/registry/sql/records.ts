import type { Fingerprint, JsonObject } from "../../config/index.ts";
import type {
  AgentKey,
  AgentRecord,
  EventRecord,
  IntentRecord,
  Lease,
  ProcessIdentity,
  RevisionRecord,
  RevisionState,
  SessionRecord,
  UsageRecord,
} from "../contract/index.ts";
import type { SqlRow, SqlValue } from "./work.ts";

/** Columns of the agent that every record of it needs for its key; `a` is the agents' table. */
export const KEY_COLUMNS = "a.location, a.scope, a.name";

export function keyFrom(row: SqlRow): AgentKey {
  return { location: text(row.location), scope: text(row.scope), name: text(row.name) };
}

export function agentFrom(row: SqlRow): AgentRecord {
  return {
    key: keyFrom(row),
    serviceName: text(row.service_name),
    serviceKey: optionalText(row.service_key),
    createdAt: number(row.created_at),
    current: optionalText(row.current_revision) as Fingerprint | undefined,
    ephemeralOwner:
      row.owner_id === null
        ? undefined
        : { id: text(row.owner_id), host: text(row.owner_host), pid: number(row.owner_pid) },
    settings: json(row.settings),
  };
}

export function revisionFrom(row: SqlRow, key: AgentKey): RevisionRecord {
  const version = optionalText(row.remote_version);
  return {
    key,
    fingerprint: text(row.fingerprint) as Fingerprint,
    state: text(row.state) as RevisionState,
    remote: { id: text(row.remote_id), name: text(row.remote_name), ...(version === undefined ? {} : { version }) },
    definition: json(row.definition),
    stored: json(row.stored),
    storedFingerprint: text(row.stored_fingerprint) as Fingerprint,
    stamped: row.stamped === 1,
    model: text(row.model),
    webSearchEnabled: row.web_search === 1,
    createdAt: number(row.created_at),
    markedAt: optionalNumber(row.marked_at),
    settings: json(row.settings),
  };
}

export function intentFrom(row: SqlRow, key: AgentKey): IntentRecord {
  return {
    id: text(row.intent_id),
    key,
    kind: text(row.kind) as IntentRecord["kind"],
    serviceName: text(row.service_name),
    fingerprint: optionalText(row.fingerprint) as Fingerprint | undefined,
    payload: json(row.payload),
    fence: number(row.fence),
    holder: holderFrom(row),
    createdAt: number(row.created_at),
  };
}

export const LEASE_COLUMNS = "fence, expires_at, holder_id, holder_host, holder_pid";

export function leaseFrom(row: SqlRow, resource: string): Lease {
  return { resource, holder: holderFrom(row), fence: number(row.fence), expiresAt: number(row.expires_at) };
}

export function sessionFrom(row: SqlRow, key: AgentKey): SessionRecord {
  return {
    key,
    sessionId: text(row.session_id),
    fingerprint: text(row.fingerprint) as Fingerprint,
    conversationId: optionalText(row.conversation_id),
    userId: optionalText(row.user_id),
    title: optionalText(row.title),
    createdAt: number(row.created_at),
    lastUsedAt: number(row.last_used_at),
    revisionCount: number(row.revision_count),
    data: json(row.data),
  };
}

/** `cost_pico` is read as text, which holds any size. */
export function usageFrom(row: SqlRow): UsageRecord {
  return {
    key: keyFrom(row),
    fingerprint: text(row.fingerprint) as Fingerprint,
    uses: number(row.uses),
    creations: number(row.creations),
    reuses: number(row.reuses),
    runs: number(row.runs),
    failedRuns: number(row.failed_runs),
    unpricedRuns: number(row.unpriced_runs),
    inputTokens: number(row.input_tokens),
    cachedInputTokens: number(row.cached_input_tokens),
    outputTokens: number(row.output_tokens),
    reasoningTokens: number(row.reasoning_tokens),
    costPico: BigInt(text(row.cost_pico)),
    lastUsedAt: number(row.last_used_at),
  };
}

export function eventFrom(row: SqlRow): EventRecord {
  return {
    sequence: number(row.sequence),
    type: text(row.type),
    location: text(row.location),
    scope: text(row.scope),
    agentName: optionalText(row.agent_name),
    at: number(row.occurred_at),
    actor: { id: text(row.actor_id), host: text(row.actor_host), pid: number(row.actor_pid) },
    data: json(row.data),
  };
}

export function number(value: SqlValue | undefined): number {
  return Number(value);
}

export function text(value: SqlValue | undefined): string {
  return String(value);
}

function holderFrom(row: SqlRow): ProcessIdentity {
  return { id: text(row.holder_id), host: text(row.holder_host), pid: number(row.holder_pid) };
}

function optionalText(value: SqlValue | undefined): string | undefined {
  return value === null ? undefined : String(value);
}

function optionalNumber(value: SqlValue | undefined): number | undefined {
  return value === null ? undefined : Number(value);
}

function json(value: SqlValue | undefined): JsonObject {
  return JSON.parse(text(value)) as JsonObject;
}
