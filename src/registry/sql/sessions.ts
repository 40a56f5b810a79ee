import type { AgentKey, Page, SessionRecord, SessionStore } from "../contract/index.ts";
import { agentNotFound, decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "../rules/index.ts";
import { selectAgent } from "./agents.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { KEY_COLUMNS, keyFrom, number, sessionFrom, text } from "./records.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

/** Agents whose sessions are counted in one go: a million sessions at once would stop the event loop for 200 ms on SQLite. */
const COUNT_PORTION = 1000;

export class SqlSessions implements SessionStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async get(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<SessionRecord | undefined> {
    const row = await this.#connection.read(() =>
      selectSession(this.#connection.dialect, params.key, params.sessionId),
    );
    return row === undefined ? undefined : sessionFrom(row, params.key);
  }

  // Not repeatable: the second try would lose against the first and say so.
  async put(params: Parameters<SessionStore["put"]>[0]): ReturnType<SessionStore["put"]> {
    const { dialect } = this.#connection;
    return await this.#connection.transaction(() => put(dialect, params.session, params.expected));
  }

  async delete(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<boolean> {
    const { dialect } = this.#connection;
    const row = await this.#connection.statement(() => deleteSession(dialect, params.key, params.sessionId));
    return row !== undefined;
  }

  async list(params: Parameters<SessionStore["list"]>[0]): Promise<Page<SessionRecord>> {
    const limit = pageLimit(params);
    const { dialect } = this.#connection;
    const isIdle = params.usedBefore !== undefined;
    const name = isIdle ? "idle-sessions" : "sessions";
    const after = decodeCursor(name, params.cursor, isIdle ? ["number", "string", "number"] : ["string", "number"]);
    const rows = await this.#connection.read(() => selectSessions(dialect, params, after, limit + 1));
    const page = pageOf(rows, limit, (last) => encodeCursor(name, sortKey(last, isIdle)));
    return { ...page, items: page.items.map((row) => sessionFrom(row, keyFrom(row))) };
  }

  async count(params: { readonly location: string; readonly scope: string }): Promise<ReadonlyMap<string, number>> {
    const { dialect } = this.#connection;
    const counts = new Map<string, number>();
    let rows: readonly SqlRow[];
    let after = "";
    do {
      rows = await this.#connection.read(() => countSessions(dialect, params, after));
      for (const row of rows) if (number(row.sessions) > 0) counts.set(text(row.name), number(row.sessions));
      after = text(rows.at(-1)?.name ?? "");
    } while (rows.length === COUNT_PORTION);
    return counts;
  }
}

function* put(
  dialect: SqlDialect,
  session: Omit<SessionRecord, "revisionCount">,
  expected: number,
): SqlWork<{ readonly written: boolean; readonly session: SessionRecord | undefined }> {
  const agent = yield* selectAgent(dialect, session.key);
  if (agent === undefined) throw agentNotFound(session.key);
  const row = yield* expected === 0
    ? insertSession(dialect, agent, session)
    : updateSession(dialect, agent, session, expected);
  if (row !== undefined) return { written: true, session: sessionFrom(row, session.key) };
  const stored = yield* selectSession(dialect, session.key, session.sessionId);
  return { written: false, session: stored === undefined ? undefined : sessionFrom(stored, session.key) };
}

function insertSession(
  dialect: SqlDialect,
  agent: SqlRow,
  session: Omit<SessionRecord, "revisionCount">,
): SqlWork<SqlRow | undefined> {
  return rowOf(
    `INSERT INTO ${dialect.table("sessions")} (agent_id, scope_id, session_id, fingerprint, conversation_id, user_id, title,
       created_at, last_used_at, revision_count, data)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)
     ON CONFLICT (agent_id, session_id) DO NOTHING RETURNING *`,
    [
      number(agent.id),
      number(agent.scope_id),
      session.sessionId,
      session.fingerprint,
      session.conversationId ?? null,
      session.userId ?? null,
      session.title ?? null,
      session.createdAt,
      session.lastUsedAt,
      JSON.stringify(session.data),
    ],
  );
}

function updateSession(
  dialect: SqlDialect,
  agent: SqlRow,
  session: Omit<SessionRecord, "revisionCount">,
  expected: number,
): SqlWork<SqlRow | undefined> {
  return rowOf(
    `UPDATE ${dialect.table("sessions")} SET fingerprint = $4, conversation_id = $5, user_id = $6, title = $7,
       last_used_at = CASE WHEN last_used_at > $8 THEN last_used_at ELSE $8 END,
       revision_count = revision_count + 1, data = $9
     WHERE agent_id = $1 AND session_id = $2 AND revision_count = $3 RETURNING *`,
    [
      number(agent.id),
      session.sessionId,
      expected,
      session.fingerprint,
      session.conversationId ?? null,
      session.userId ?? null,
      session.title ?? null,
      session.lastUsedAt,
      JSON.stringify(session.data),
    ],
  );
}

function selectSession(dialect: SqlDialect, key: AgentKey, sessionId: string): SqlWork<SqlRow | undefined> {
  return rowOf(`SELECT * FROM ${dialect.table("sessions")} WHERE agent_id = ${agentId(dialect)} AND session_id = $4`, [
    key.location,
    key.scope,
    key.name,
    sessionId,
  ]);
}

function deleteSession(dialect: SqlDialect, key: AgentKey, sessionId: string): SqlWork<SqlRow | undefined> {
  return rowOf(
    `DELETE FROM ${dialect.table("sessions")} WHERE agent_id = ${agentId(dialect)} AND session_id = $4 RETURNING session_id`,
    [key.location, key.scope, key.name, sessionId],
  );
}

function agentId(dialect: SqlDialect): string {
  return `(SELECT id FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3)`;
}

function sortKey(row: SqlRow, isIdle: boolean): SortKey {
  const byId = [text(row.session_id), number(row.agent_id)];
  return isIdle ? [number(row.last_used_at), ...byId] : byId;
}

function selectSessions(
  dialect: SqlDialect,
  params: Parameters<SessionStore["list"]>[0],
  after: SortKey | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  const { usedBefore } = params;
  where.add([params.location, params.scope], (...scope) => `s.scope_id = ${scopeId(dialect, scope)}`);
  if (params.name !== undefined) {
    where.add(
      [params.location, params.scope, params.name],
      (...key) =>
        `s.agent_id = (SELECT id FROM ${dialect.table("agents")} WHERE (location, scope, name) = (${key.join(", ")}))`,
    );
  }
  if (usedBefore !== undefined) where.add([usedBefore], (before) => `s.last_used_at < ${before}`);
  const order = [...(usedBefore === undefined ? [] : ["s.last_used_at"]), "s.session_id", "s.agent_id"];
  where.isBehind(order, after);
  return rowsOf(
    `SELECT s.*, ${KEY_COLUMNS} FROM ${dialect.table("sessions")} s JOIN ${dialect.table("agents")} a ON a.id = s.agent_id
     ${where.toString()} ORDER BY ${order.join(", ")} LIMIT ${where.value(size)}`,
    where.values,
  );
}

function countSessions(
  dialect: SqlDialect,
  params: { readonly location: string; readonly scope: string },
  after: string,
): SqlWork<readonly SqlRow[]> {
  return rowsOf(
    `SELECT a.name, (SELECT count(*) FROM ${dialect.table("sessions")} s WHERE s.agent_id = a.id) AS sessions
     FROM ${dialect.table("agents")} a WHERE a.location = $1 AND a.scope = $2 AND a.name > $3
     ORDER BY a.name LIMIT ${COUNT_PORTION}`,
    [params.location, params.scope, after],
  );
}

function scopeId(dialect: SqlDialect, parameters: readonly string[]): string {
  return `(SELECT id FROM ${dialect.table("scopes")} WHERE (location, scope) = (${parameters.join(", ")}))`;
}
