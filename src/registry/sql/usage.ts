import type { Page, SessionTouch, UsageDelta, UsageRecord, UsageStore } from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf } from "../rules/index.ts";
import { claimBatch } from "./batches.ts";
import type { SqlConnection } from "./connection.ts";
import type { ColumnKind, SqlDialect } from "./dialect.ts";
import { KEY_COLUMNS, usageFrom } from "./records.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

const KEY_FIELDS = { location: "text", scope: "text", name: "text", fingerprint: "text" } as const;

const COUNTERS = {
  uses: "integer",
  creations: "integer",
  reuses: "integer",
  runs: "integer",
  failed_runs: "integer",
  unpriced_runs: "integer",
  input_tokens: "integer",
  cached_input_tokens: "integer",
  output_tokens: "integer",
  reasoning_tokens: "integer",
  cost_pico: "cost",
} as const satisfies Record<string, ColumnKind>;

export class SqlUsage implements UsageStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  // Repeatable: a batch that was applied is known by its number.
  async add(params: Parameters<UsageStore["add"]>[0]): Promise<void> {
    const { dialect } = this.#connection;
    await this.#connection.transaction(function* () {
      if (!(yield* claimBatch(dialect, params.processId, params.sequence))) return;
      if (params.deltas.length > 0) {
        const deltas = JSON.stringify(params.deltas.map((delta) => deltaRow(delta)));
        yield* addDeltas(dialect, deltas);
        if ((yield* anyMarked(dialect)) !== undefined) yield* unmark(dialect, deltas);
      }
      if (params.sessions.length > 0)
        yield* touch(dialect, JSON.stringify(params.sessions.map((session) => touchRow(session))));
    }, true);
  }

  async list(params: Parameters<UsageStore["list"]>[0]): Promise<Page<UsageRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("usage", params.cursor, ["string", "string"]);
    const rows = await this.#connection.read(() => selectUsage(this.#connection.dialect, params, after, limit + 1));
    const items = rows.map((row) => usageFrom(row));
    return pageOf(items, limit, (last) => encodeCursor("usage", [last.key.name, last.fingerprint]));
  }
}

/** The one statement of a flush. Rows are locked in the order of their keys, so that two flushes do not wait for each other. */
function addDeltas(dialect: SqlDialect, deltas: string): SqlWork<readonly SqlRow[]> {
  const counters = Object.keys(COUNTERS);
  const fields = { ...KEY_FIELDS, ...COUNTERS, last_used_at: "integer" } as const;
  return rowsOf(
    `INSERT INTO ${dialect.table("usage")} AS u (revision_id, ${counters.join(", ")}, last_used_at)
     SELECT r.id, ${counters.map((counter) => `sum(d.${counter})`).join(", ")}, max(d.last_used_at)
     FROM ${dialect.rowsOf("$1", fields)} d ${joinRevisions(dialect)}
     WHERE 1 = 1 GROUP BY r.id ORDER BY r.id
     ON CONFLICT (revision_id) DO UPDATE SET
       ${counters.map((counter) => `${counter} = u.${counter} + excluded.${counter}`).join(", ")},
       last_used_at = CASE WHEN u.last_used_at > excluded.last_used_at THEN u.last_used_at ELSE excluded.last_used_at END`,
    [deltas],
  );
}

/** Marks are rare, and taking them away costs as much as the whole flush. */
function anyMarked(dialect: SqlDialect): SqlWork<SqlRow | undefined> {
  return rowOf(`SELECT id FROM ${dialect.table("revisions")} WHERE state = 'retiring' LIMIT 1`);
}

function unmark(dialect: SqlDialect, deltas: string): SqlWork<readonly SqlRow[]> {
  return rowsOf(
    `UPDATE ${dialect.table("revisions")} SET state = 'active', marked_at = NULL
     WHERE state = 'retiring' AND id IN (SELECT r.id FROM ${dialect.rowsOf("$1", KEY_FIELDS)} d ${joinRevisions(dialect)})`,
    [deltas],
  );
}

function touch(dialect: SqlDialect, touches: string): SqlWork<readonly SqlRow[]> {
  const fields = { ...KEY_FIELDS, session_id: "text", last_used_at: "integer" } as const;
  return rowsOf(
    `INSERT INTO ${dialect.table("sessions")} AS s
       (agent_id, scope_id, session_id, fingerprint, created_at, last_used_at, revision_count, data)
     SELECT a.id, a.scope_id, d.session_id, min(d.fingerprint), max(d.last_used_at), max(d.last_used_at), 1, '{}'
     FROM ${dialect.rowsOf("$1", fields)} d ${joinAgents(dialect)}
     WHERE 1 = 1 GROUP BY a.id, a.scope_id, d.session_id ORDER BY a.id, d.session_id
     ON CONFLICT (agent_id, session_id) DO UPDATE SET last_used_at = excluded.last_used_at
     WHERE s.last_used_at < excluded.last_used_at`,
    [touches],
  );
}

function joinAgents(dialect: SqlDialect): string {
  return `JOIN ${dialect.table("agents")} a ON a.location = d.location AND a.scope = d.scope AND a.name = d.name`;
}

function joinRevisions(dialect: SqlDialect): string {
  return `${joinAgents(dialect)} JOIN ${dialect.table("revisions")} r ON r.agent_id = a.id AND r.fingerprint = d.fingerprint`;
}

function deltaRow(delta: UsageDelta): Record<string, string | number> {
  return {
    ...delta.key,
    fingerprint: delta.fingerprint,
    uses: delta.uses,
    creations: delta.creations,
    reuses: delta.reuses,
    runs: delta.runs,
    failed_runs: delta.failedRuns,
    unpriced_runs: delta.unpricedRuns,
    input_tokens: delta.inputTokens,
    cached_input_tokens: delta.cachedInputTokens,
    output_tokens: delta.outputTokens,
    reasoning_tokens: delta.reasoningTokens,
    cost_pico: String(delta.costPico),
    last_used_at: delta.lastUsedAt,
  };
}

function touchRow(session: SessionTouch): Record<string, string | number> {
  return {
    ...session.key,
    fingerprint: session.fingerprint,
    session_id: session.sessionId,
    last_used_at: session.lastUsedAt,
  };
}

function selectUsage(
  dialect: SqlDialect,
  params: Parameters<UsageStore["list"]>[0],
  after: readonly (string | number)[] | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.equals("a.location", params.location);
  where.equals("a.scope", params.scope);
  where.equals("a.name", params.name);
  if (after !== undefined) {
    // The first condition lets the index of the agents begin at the right name: the pair spans two tables.
    where.add([after[0] ?? ""], (name) => `a.name >= ${name}`);
    where.isBehind(["a.name", "r.fingerprint"], after);
  }
  const counters = Object.keys(COUNTERS).map((counter) =>
    counter === "cost_pico" ? "CAST(u.cost_pico AS TEXT) AS cost_pico" : `u.${counter}`,
  );
  return rowsOf(
    `SELECT ${KEY_COLUMNS}, r.fingerprint, ${counters.join(", ")}, u.last_used_at
     FROM ${dialect.table("agents")} a JOIN ${dialect.table("revisions")} r ON r.agent_id = a.id
     JOIN ${dialect.table("usage")} u ON u.revision_id = r.id
     ${where.toString()} ORDER BY a.name, r.fingerprint LIMIT ${where.value(size)}`,
    where.values,
  );
}
