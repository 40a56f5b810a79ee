import type { Fingerprint } from "../../config/index.ts";
import {
  type AgentKey,
  agentResource,
  type AgentStore,
  type NewRevision,
  type Page,
  type RevisionRecord,
} from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf } from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { LEASE_COLUMNS, number, revisionFrom } from "./records.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlStatement, type SqlWork } from "./work.ts";

/** The revision, with the registry's time as `now`. `lock` keeps it from being changed by a flush of uses until the transaction ends. */
export function selectRevision(
  dialect: SqlDialect,
  key: AgentKey,
  fingerprint: Fingerprint,
  lock = "",
): SqlWork<SqlRow | undefined> {
  return rowOf(
    `SELECT r.*, ${dialect.now} AS now FROM ${dialect.table("revisions")} r
     WHERE r.agent_id = (SELECT id FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3)
       AND r.fingerprint = $4${lock}`,
    [key.location, key.scope, key.name, fingerprint],
  );
}

/** The revision and the lease of its agent, each if there is one. A lease that has more left than it was asked for is for a claim to put right. */
export function selectLookUp(
  dialect: SqlDialect,
  key: AgentKey,
  fingerprint: Fingerprint,
): SqlWork<SqlRow | undefined> {
  return rowOf(
    `SELECT r.*, ${LEASE_COLUMNS} FROM (SELECT 1 AS found) f
     LEFT JOIN ${dialect.table("revisions")} r
       ON r.agent_id = (SELECT id FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3) AND r.fingerprint = $4
     LEFT JOIN ${dialect.table("leases")} l
       ON l.resource = $5 AND l.expires_at > ${dialect.now} AND l.expires_at <= ${dialect.now} + l.ttl_ms`,
    [key.location, key.scope, key.name, fingerprint, agentResource(key)],
  );
}

/** The listing of `AgentStore.listRevisions`. */
export async function listRevisions(
  connection: SqlConnection,
  params: Parameters<AgentStore["listRevisions"]>[0],
): Promise<Page<RevisionRecord>> {
  const limit = pageLimit(params);
  const after = decodeCursor("revisions", params.cursor, ["number", "number"]);
  const rows = await connection.read(() => selectRevisions(connection.dialect, params, after, limit + 1));
  const page = pageOf(rows, limit, (last) => encodeCursor("revisions", [number(last.created_at), number(last.id)]));
  return { ...page, items: page.items.map((row) => revisionFrom(row, params.key)) };
}

/**
 * Stores the revision as living, or brings it back; a living one keeps its birthday, and both keep their settings. Whoever waits for the resource is woken: it
 * may be what they wait for.
 */
export function* upsertRevision(
  dialect: SqlDialect,
  agentId: number,
  revision: NewRevision,
  resource: string,
): SqlWork<SqlRow | undefined> {
  const { text, values } = dialect.announcing(upsert(dialect, agentId, revision), resource);
  return yield* rowOf(text, values);
}

function upsert(dialect: SqlDialect, agentId: number, revision: NewRevision): SqlStatement {
  const { remote } = revision;
  return {
    text: `INSERT INTO ${dialect.table("revisions")} AS r (agent_id, fingerprint, state, remote_id, remote_name, remote_version,
       definition, stored, stored_fingerprint, stamped, model, web_search, created_at, marked_at, settings)
     VALUES ($1, $2, 'active', $3, $4, $5, $6, $7, $8, $9, $10, $11, ${dialect.now}, NULL, '{}')
     ON CONFLICT (agent_id, fingerprint) DO UPDATE SET
       created_at = CASE WHEN r.state = 'deleted' THEN excluded.created_at ELSE r.created_at END,
       state = excluded.state, marked_at = NULL, remote_id = excluded.remote_id, remote_name = excluded.remote_name,
       remote_version = excluded.remote_version, definition = excluded.definition, stored = excluded.stored,
       stored_fingerprint = excluded.stored_fingerprint, stamped = excluded.stamped, model = excluded.model,
       web_search = excluded.web_search
     RETURNING *`,
    values: [
      agentId,
      revision.fingerprint,
      remote.id,
      remote.name,
      remote.version ?? null,
      JSON.stringify(revision.definition),
      JSON.stringify(revision.stored),
      revision.storedFingerprint,
      revision.stamped ? 1 : 0,
      revision.model,
      revision.webSearchEnabled ? 1 : 0,
    ],
  };
}

function selectRevisions(
  dialect: SqlDialect,
  params: Parameters<AgentStore["listRevisions"]>[0],
  after: readonly (string | number)[] | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const { location, scope, name } = params.key;
  const where = new Where();
  where.add(
    [location, scope, name],
    (...key) =>
      `r.agent_id = (SELECT id FROM ${dialect.table("agents")} WHERE (location, scope, name) = (${key.join(", ")}))`,
  );
  where.isOneOf("r.state", params.states);
  if (after !== undefined) where.add(after, (...key) => `(r.created_at, r.id) < (${key.join(", ")})`);
  return rowsOf(
    `SELECT r.* FROM ${dialect.table("revisions")} r ${where.toString()}
     ORDER BY r.created_at DESC, r.id DESC LIMIT ${where.value(size)}`,
    where.values,
  );
}
