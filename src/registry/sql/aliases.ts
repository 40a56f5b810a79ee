import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, AliasRecord, AliasStore, Page } from "../contract/index.ts";
import { agentNotFound, decodeCursor, encodeCursor, pageLimit, pageOf, revisionNotFound } from "../rules/index.ts";
import { selectAgent } from "./agents.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { appendEvents } from "./events.ts";
import { assertLease } from "./leases.ts";
import { number, text } from "./records.ts";
import { selectRevision } from "./revisions.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

type SetParams = Parameters<AliasStore["set"]>[0];
type DeleteParams = Parameters<AliasStore["delete"]>[0];

export class SqlAliases implements AliasStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async get(params: { readonly key: AgentKey; readonly alias: string }): Promise<AliasRecord | undefined> {
    const row = await this.#connection.read(() => selectAlias(this.#connection.dialect, params.key, params.alias));
    return row === undefined ? undefined : aliasFrom(row, params.key);
  }

  async list(params: Parameters<AliasStore["list"]>[0]): Promise<Page<AliasRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("aliases", params.cursor, ["string"]);
    const rows = await this.#connection.read(() =>
      selectAliases(this.#connection.dialect, params.key, after, limit + 1),
    );
    const items = rows.map((row) => aliasFrom(row, params.key));
    return pageOf(items, limit, ({ alias }) => encodeCursor("aliases", [alias]));
  }

  // Not repeatable: the second try would lose against the first and say so.
  async set(params: SetParams): ReturnType<AliasStore["set"]> {
    return await this.#connection.transaction(() => set(this.#connection.dialect, params));
  }

  async delete(params: DeleteParams): Promise<boolean> {
    return await this.#connection.transaction(() => deleteAlias(this.#connection.dialect, params));
  }
}

function* set(
  dialect: SqlDialect,
  params: SetParams,
): SqlWork<{ readonly written: boolean; readonly alias: AliasRecord | undefined }> {
  const { lease, key, alias, fingerprint } = params;
  yield* assertLease(dialect, lease, key);
  const agent = yield* selectAgent(dialect, key);
  if (agent === undefined) throw agentNotFound(key);
  const revision = yield* selectRevision(dialect, key, fingerprint);
  if (revision === undefined || revision.state === "deleted") throw revisionNotFound(key, fingerprint);
  // The lease keeps other writers of this agent's aliases away, so that looking and writing may be two statements.
  const known = yield* selectAlias(dialect, key, alias);
  if ((known === undefined ? 0 : number(known.moves)) !== params.expected) {
    return { written: false, alias: known === undefined ? undefined : aliasFrom(known, key) };
  }
  const row = yield* upsertAlias(dialect, number(agent.id), params);
  yield* appendEvents(dialect, params.events);
  return { written: true, alias: row === undefined ? undefined : aliasFrom(row, key) };
}

function* deleteAlias(dialect: SqlDialect, params: DeleteParams): SqlWork<boolean> {
  yield* assertLease(dialect, params.lease, params.key);
  const row = yield* rowOf(
    `DELETE FROM ${dialect.table("aliases")} WHERE agent_id = ${agentId(dialect)} AND alias = $4 RETURNING alias`,
    [...keyValues(params.key), params.alias],
  );
  if (row === undefined) return false;
  yield* appendEvents(dialect, params.events);
  return true;
}

function upsertAlias(dialect: SqlDialect, agent: number, params: SetParams): SqlWork<SqlRow | undefined> {
  return rowOf(
    `INSERT INTO ${dialect.table("aliases")} (agent_id, alias, fingerprint, moved_at, moves)
     VALUES ($1, $2, $3, ${dialect.now}, $4)
     ON CONFLICT (agent_id, alias) DO UPDATE SET
       fingerprint = excluded.fingerprint, moved_at = excluded.moved_at, moves = excluded.moves
     RETURNING *`,
    [agent, params.alias, params.fingerprint, params.expected + 1],
  );
}

function selectAlias(dialect: SqlDialect, key: AgentKey, alias: string): SqlWork<SqlRow | undefined> {
  return rowOf(`SELECT * FROM ${dialect.table("aliases")} WHERE agent_id = ${agentId(dialect)} AND alias = $4`, [
    ...keyValues(key),
    alias,
  ]);
}

function selectAliases(
  dialect: SqlDialect,
  key: AgentKey,
  after: readonly (string | number)[] | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.add(keyValues(key), () => `agent_id = ${agentId(dialect)}`);
  where.isBehind(["alias"], after);
  return rowsOf(
    `SELECT * FROM ${dialect.table("aliases")} ${where.toString()} ORDER BY alias LIMIT ${where.value(size)}`,
    where.values,
  );
}

/** Takes the first three parameters of its statement. */
function agentId(dialect: SqlDialect): string {
  return `(SELECT id FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3)`;
}

function keyValues(key: AgentKey): string[] {
  return [key.location, key.scope, key.name];
}

function aliasFrom(row: SqlRow, key: AgentKey): AliasRecord {
  return {
    key,
    alias: text(row.alias),
    fingerprint: text(row.fingerprint) as Fingerprint,
    movedAt: number(row.moved_at),
    moves: number(row.moves),
  };
}
