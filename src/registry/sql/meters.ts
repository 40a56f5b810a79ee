import type {
  MeterDelta,
  MeterDimension,
  MeterFilter,
  MeterRow,
  MeterStore,
  Page,
  PageRequest,
} from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "../rules/index.ts";
import { claimBatch } from "./batches.ts";
import type { SqlConnection } from "./connection.ts";
import type { ColumnKind, SqlDialect } from "./dialect.ts";
import { number, text } from "./records.ts";
import { Where } from "./where.ts";
import { rowsOf, type SqlRow, type SqlWork } from "./work.ts";

const KEYS = {
  location: "text",
  scope: "text",
  name: "text",
  fingerprint: "text",
  session_id: "text",
  user_id: "text",
  model: "text",
  day: "text",
} as const satisfies Record<string, ColumnKind>;

const COUNTERS = {
  runs: "integer",
  failed_runs: "integer",
  unpriced_runs: "integer",
  input_tokens: "integer",
  cached_input_tokens: "integer",
  output_tokens: "integer",
  reasoning_tokens: "integer",
  cost_pico: "cost",
} as const satisfies Record<string, ColumnKind>;

const COLUMN_OF: Readonly<Record<MeterDimension, keyof typeof KEYS>> = {
  agent: "name",
  revision: "fingerprint",
  session: "session_id",
  user: "user_id",
  model: "model",
  day: "day",
};

export class SqlMeters implements MeterStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  // Repeatable: a batch that was applied is known by its number.
  async add(params: Parameters<MeterStore["add"]>[0]): Promise<void> {
    const { dialect } = this.#connection;
    await this.#connection.transaction(function* () {
      if (yield* claimBatch(dialect, `meters|${params.writerId}`, params.sequence))
        yield* addDeltas(dialect, params.deltas);
    }, true);
  }

  async sum(params: Parameters<MeterStore["sum"]>[0]): Promise<Page<MeterRow>> {
    const limit = pageLimit(params);
    const shape = params.by.map(() => "string" as const);
    const after = decodeCursor("meters", params.cursor, shape);
    const rows = await this.#connection.read(() => sum(this.#connection.dialect, params, after, limit + 1));
    const items = rows.map((row) => meterFrom(row, params.by));
    return pageOf(items, limit, ({ group }) => encodeCursor("meters", group));
  }

  async delete(params: Parameters<MeterStore["delete"]>[0]): Promise<number> {
    const { dialect } = this.#connection;
    const rows = await this.#connection.statement(() =>
      rowsOf(`DELETE FROM ${dialect.table("meters")} WHERE location = $1 AND scope = $2 AND day < $3 RETURNING day`, [
        params.location,
        params.scope,
        params.beforeDay,
      ]),
    );
    return rows.length;
  }
}

function* addDeltas(dialect: SqlDialect, deltas: readonly MeterDelta[]): SqlWork<void> {
  if (deltas.length === 0) return;
  const keys = Object.keys(KEYS).join(", ");
  const counters = Object.keys(COUNTERS);
  yield* rowsOf(
    `INSERT INTO ${dialect.table("meters")} AS m (${keys}, ${counters.join(", ")})
     SELECT ${keys}, ${counters.map((counter) => `sum(${counter})`).join(", ")} FROM ${dialect.rowsOf("$1", { ...KEYS, ...COUNTERS })} d
     WHERE 1 = 1 GROUP BY ${keys} ORDER BY ${keys}
     ON CONFLICT (${keys}) DO UPDATE SET ${counters.map((counter) => `${counter} = m.${counter} + excluded.${counter}`).join(", ")}`,
    [JSON.stringify(deltas.map((delta) => toRow(delta)))],
  );
}

function toRow(delta: MeterDelta): Record<keyof typeof KEYS | keyof typeof COUNTERS, string | number> {
  return {
    location: delta.key.location,
    scope: delta.key.scope,
    name: delta.key.name,
    fingerprint: delta.fingerprint,
    session_id: delta.sessionId,
    user_id: delta.userId,
    model: delta.model,
    day: delta.day,
    runs: delta.runs,
    failed_runs: delta.failedRuns,
    unpriced_runs: delta.unpricedRuns,
    input_tokens: delta.inputTokens,
    cached_input_tokens: delta.cachedInputTokens,
    output_tokens: delta.outputTokens,
    reasoning_tokens: delta.reasoningTokens,
    cost_pico: String(delta.costPico),
  };
}

function sum(
  dialect: SqlDialect,
  params: { readonly filter: MeterFilter; readonly by: readonly MeterDimension[] } & PageRequest,
  after: SortKey | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const columns = params.by.map((dimension) => COLUMN_OF[dimension]);
  const where = filterBy(params.filter);
  if (columns.length > 0) where.isBehind(columns, after);
  const sums = Object.entries(COUNTERS).map(([counter, kind]) =>
    kind === "cost"
      ? `CAST(sum(${counter}) AS TEXT) AS ${counter}`
      : `CAST(sum(${counter}) AS ${dialect.types.integer}) AS ${counter}`,
  );
  const grouping =
    columns.length === 0 ? "HAVING count(*) > 0" : `GROUP BY ${columns.join(", ")} ORDER BY ${columns.join(", ")}`;
  return rowsOf(
    `SELECT ${[...columns, ...sums].join(", ")} FROM ${dialect.table("meters")} ${where.toString()} ${grouping} LIMIT ${where.value(size)}`,
    where.values,
  );
}

function filterBy(filter: MeterFilter): Where {
  const where = new Where();
  where.equals("location", filter.location);
  where.equals("scope", filter.scope);
  where.equals("name", filter.name);
  where.equals("fingerprint", filter.fingerprint);
  where.equals("session_id", filter.sessionId);
  where.equals("user_id", filter.userId);
  where.equals("model", filter.model);
  if (filter.fromDay !== undefined) where.add([filter.fromDay], (day) => `day >= ${day}`);
  if (filter.toDay !== undefined) where.add([filter.toDay], (day) => `day <= ${day}`);
  return where;
}

function meterFrom(row: SqlRow, by: readonly MeterDimension[]): MeterRow {
  return {
    group: by.map((dimension) => text(row[COLUMN_OF[dimension]])),
    runs: number(row.runs),
    failedRuns: number(row.failed_runs),
    unpricedRuns: number(row.unpriced_runs),
    inputTokens: number(row.input_tokens),
    cachedInputTokens: number(row.cached_input_tokens),
    outputTokens: number(row.output_tokens),
    reasoningTokens: number(row.reasoning_tokens),
    costPico: BigInt(text(row.cost_pico)),
  };
}
