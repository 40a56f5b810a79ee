import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, Page, ScoreDelta, ScoreRecord, ScoreStore } from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf, type SortKey } from "../rules/index.ts";
import { claimBatch } from "./batches.ts";
import type { SqlConnection } from "./connection.ts";
import type { ColumnKind, SqlDialect } from "./dialect.ts";
import { keyFrom, number, text } from "./records.ts";
import { Where } from "./where.ts";
import { rowsOf, type SqlRow, type SqlWork } from "./work.ts";

const KEYS = {
  location: "text",
  scope: "text",
  name: "text",
  fingerprint: "text",
  source: "text",
  evaluator: "text",
} as const satisfies Record<string, ColumnKind>;

const COUNTERS = {
  count: "integer",
  failed: "integer",
  sum_micro: "cost",
  square_micro: "cost",
  min_micro: "integer",
  max_micro: "integer",
} as const satisfies Record<string, ColumnKind>;

/** What becomes of a stored counter `s` and a new one. */
const MERGED: Readonly<Record<keyof typeof COUNTERS, string>> = {
  count: "s.count + excluded.count",
  failed: "s.failed + excluded.failed",
  sum_micro: "s.sum_micro + excluded.sum_micro",
  square_micro: "s.square_micro + excluded.square_micro",
  min_micro: "CASE WHEN s.min_micro < excluded.min_micro THEN s.min_micro ELSE excluded.min_micro END",
  max_micro: "CASE WHEN s.max_micro > excluded.max_micro THEN s.max_micro ELSE excluded.max_micro END",
};

export class SqlScores implements ScoreStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  // Repeatable: a batch that was applied is known by its number.
  async add(params: Parameters<ScoreStore["add"]>[0]): Promise<void> {
    const { dialect } = this.#connection;
    await this.#connection.transaction(function* () {
      if (yield* claimBatch(dialect, `scores|${params.writerId}`, params.sequence))
        yield* addDeltas(dialect, params.deltas);
    }, true);
  }

  async list(params: Parameters<ScoreStore["list"]>[0]): Promise<Page<ScoreRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("scores", params.cursor, ["string", "string", "string", "string"]);
    const rows = await this.#connection.read(() => selectScores(this.#connection.dialect, params, after, limit + 1));
    const items = rows.map((row) => scoreFrom(row));
    return pageOf(items, limit, (last) =>
      encodeCursor("scores", [last.key.name, last.fingerprint, last.source, last.evaluator]),
    );
  }

  async delete(params: { readonly key: AgentKey; readonly source?: string | undefined }): Promise<number> {
    const { location, scope, name } = params.key;
    const where = new Where();
    where.equals("location", location);
    where.equals("scope", scope);
    where.equals("name", name);
    where.equals("source", params.source);
    const text = `DELETE FROM ${this.#connection.dialect.table("scores")} ${where.toString()} RETURNING evaluator`;
    const rows = await this.#connection.statement(() => rowsOf(text, where.values));
    return rows.length;
  }
}

function* addDeltas(dialect: SqlDialect, deltas: readonly ScoreDelta[]): SqlWork<void> {
  if (deltas.length === 0) return;
  const keys = Object.keys(KEYS).join(", ");
  const counters = Object.keys(COUNTERS);
  const aggregates = counters.map(
    (counter) => `${counter === "min_micro" ? "min" : counter === "max_micro" ? "max" : "sum"}(d.${counter})`,
  );
  const merged = Object.entries(MERGED).map(([counter, expression]) => `${counter} = ${expression}`);
  yield* rowsOf(
    `INSERT INTO ${dialect.table("scores")} AS s (${keys}, ${counters.join(", ")})
     SELECT ${keys}, ${aggregates.join(", ")} FROM ${dialect.rowsOf("$1", { ...KEYS, ...COUNTERS })} d
     WHERE 1 = 1 GROUP BY ${keys} ORDER BY ${keys}
     ON CONFLICT (${keys}) DO UPDATE SET ${merged.join(", ")}`,
    [JSON.stringify(deltas.map((delta) => toRow(delta)))],
  );
}

function toRow(delta: ScoreDelta): Record<keyof typeof KEYS | keyof typeof COUNTERS, string | number> {
  return {
    location: delta.key.location,
    scope: delta.key.scope,
    name: delta.key.name,
    fingerprint: delta.fingerprint,
    source: delta.source,
    evaluator: delta.evaluator,
    count: delta.count,
    failed: delta.failed,
    sum_micro: String(delta.sumMicro),
    square_micro: String(delta.squareMicro),
    min_micro: delta.minMicro,
    max_micro: delta.maxMicro,
  };
}

function selectScores(
  dialect: SqlDialect,
  params: Parameters<ScoreStore["list"]>[0],
  after: SortKey | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.equals("location", params.location);
  where.equals("scope", params.scope);
  where.equals("name", params.name);
  where.equals("fingerprint", params.fingerprint);
  where.equals("source", params.source);
  where.isBehind(["name", "fingerprint", "source", "evaluator"], after);
  return rowsOf(
    `SELECT ${Object.keys(KEYS).join(", ")}, count, failed, CAST(sum_micro AS TEXT) AS sum_micro,
       CAST(square_micro AS TEXT) AS square_micro, min_micro, max_micro
     FROM ${dialect.table("scores")} ${where.toString()} ORDER BY name, fingerprint, source, evaluator LIMIT ${where.value(size)}`,
    where.values,
  );
}

function scoreFrom(row: SqlRow): ScoreRecord {
  return {
    key: keyFrom(row),
    fingerprint: text(row.fingerprint) as Fingerprint,
    evaluator: text(row.evaluator),
    source: text(row.source),
    count: number(row.count),
    failed: number(row.failed),
    sumMicro: BigInt(text(row.sum_micro)),
    squareMicro: BigInt(text(row.square_micro)),
    minMicro: number(row.min_micro),
    maxMicro: number(row.max_micro),
  };
}
