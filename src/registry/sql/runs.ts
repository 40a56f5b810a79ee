import type { Fingerprint } from "../../config/index.ts";
import type { Page, RunEntry, RunFilter, RunStore } from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf } from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { ColumnKind } from "./dialect.ts";
import { keyFrom, number, text } from "./records.ts";
import { Where } from "./where.ts";
import { rowsOf, type SqlRow } from "./work.ts";

const COLUMNS = {
  location: "text",
  scope: "text",
  request_id: "text",
  name: "text",
  fingerprint: "text",
  session_id: "text",
  user_id: "text",
  model: "text",
  outcome: "text",
  started_at: "integer",
  input_tokens: "integer",
  cached_input_tokens: "integer",
  output_tokens: "integer",
  reasoning_tokens: "integer",
  cost_pico: "cost",
} as const satisfies Record<string, ColumnKind>;

export class SqlRuns implements RunStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  // Repeatable: a run that is there stays as it is.
  async add(params: Parameters<RunStore["add"]>[0]): Promise<void> {
    if (params.runs.length === 0) return;
    const { dialect } = this.#connection;
    const columns = Object.keys(COLUMNS).join(", ");
    const insert = `INSERT INTO ${dialect.table("runs")} (${columns})
      SELECT ${columns} FROM ${dialect.rowsOf("$1", COLUMNS)} d WHERE 1 = 1 ORDER BY location, scope, request_id
      ON CONFLICT (location, scope, request_id) DO NOTHING`;
    const rows = JSON.stringify(params.runs.map((run) => toRow(run)));
    await this.#connection.repeatable(() => rowsOf(insert, [rows]));
  }

  async list(params: Parameters<RunStore["list"]>[0]): Promise<Page<RunEntry>> {
    const limit = pageLimit(params);
    const where = filterBy(params);
    where.isBefore(["started_at", "request_id"], decodeCursor("runs", params.cursor, ["number", "string"]));
    const columns = Object.keys(COLUMNS).filter((column) => column !== "cost_pico");
    const select = `SELECT ${columns.join(", ")}, CAST(cost_pico AS TEXT) AS cost_pico
      FROM ${this.#connection.dialect.table("runs")} ${where.toString()}
      ORDER BY started_at DESC, request_id DESC LIMIT ${where.value(limit + 1)}`;
    const rows = await this.#connection.read(() => rowsOf(select, where.values));
    const items = rows.map((row) => runFrom(row));
    return pageOf(items, limit, (last) => encodeCursor("runs", [last.startedAt, last.requestId]));
  }

  async delete(params: Parameters<RunStore["delete"]>[0]): Promise<number> {
    const { location, scope, before } = params;
    const where = filterBy({ location, scope, to: before });
    const remove = `DELETE FROM ${this.#connection.dialect.table("runs")} ${where.toString()} RETURNING started_at`;
    return (await this.#connection.statement(() => rowsOf(remove, where.values))).length;
  }
}

function filterBy(filter: RunFilter): Where {
  const where = new Where();
  where.equals("location", filter.location);
  where.equals("scope", filter.scope);
  where.equals("request_id", filter.requestId);
  where.equals("name", filter.name);
  where.equals("session_id", filter.sessionId);
  where.equals("user_id", filter.userId);
  if (filter.from !== undefined) where.add([filter.from], (from) => `started_at >= ${from}`);
  if (filter.to !== undefined) where.add([filter.to], (to) => `started_at < ${to}`);
  return where;
}

function toRow(run: RunEntry): Record<keyof typeof COLUMNS, string | number | null> {
  return {
    location: run.key.location,
    scope: run.key.scope,
    request_id: run.requestId,
    name: run.key.name,
    fingerprint: run.fingerprint,
    session_id: run.sessionId,
    user_id: run.userId,
    model: run.model,
    outcome: run.outcome,
    started_at: run.startedAt,
    input_tokens: run.inputTokens,
    cached_input_tokens: run.cachedInputTokens,
    output_tokens: run.outputTokens,
    reasoning_tokens: run.reasoningTokens,
    cost_pico: run.costPico === null ? null : String(run.costPico),
  };
}

function runFrom(row: SqlRow): RunEntry {
  return {
    key: keyFrom(row),
    requestId: text(row.request_id),
    fingerprint: text(row.fingerprint) as Fingerprint,
    sessionId: text(row.session_id),
    userId: text(row.user_id),
    model: text(row.model),
    outcome: text(row.outcome) === "succeeded" ? "succeeded" : "failed",
    startedAt: number(row.started_at),
    inputTokens: number(row.input_tokens),
    cachedInputTokens: number(row.cached_input_tokens),
    outputTokens: number(row.output_tokens),
    reasoningTokens: number(row.reasoning_tokens),
    costPico: row.cost_pico === null ? null : BigInt(text(row.cost_pico)),
  };
}
