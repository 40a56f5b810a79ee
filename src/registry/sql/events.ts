import type { EventRecord, EventStore, NewEvent, Page } from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { ColumnKind, SqlDialect } from "./dialect.ts";
import { eventFrom } from "./records.ts";
import { Where } from "./where.ts";
import { rowsOf, type SqlRow, type SqlWork } from "./work.ts";

const EVENT_FIELDS = {
  location: "text",
  scope: "text",
  agent_name: "text",
  type: "text",
  occurred_at: "integer",
  actor_id: "text",
  actor_host: "text",
  actor_pid: "integer",
  data: "text",
} as const satisfies Record<string, ColumnKind>;

/** Deleted in one go: more would keep other writers of a file waiting. */
const DELETE_PORTION = 5000;

export class SqlEvents implements EventStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async append(params: { readonly events: readonly NewEvent[] }): Promise<void> {
    // Not repeatable: a second try would write the events twice.
    await this.#connection.transaction(() => appendEvents(this.#connection.dialect, params.events));
  }

  async list(params: Parameters<EventStore["list"]>[0]): Promise<Page<EventRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("events", params.cursor, ["number"]) ?? [0];
    const rows = await this.#connection.read(() =>
      selectEvents(this.#connection.dialect, params, after[0] ?? 0, limit),
    );
    const items = rows.map((row) => eventFrom(row));
    return { items, cursor: encodeCursor("events", [items.at(-1)?.sequence ?? after[0] ?? 0]) };
  }

  async delete(params: Parameters<EventStore["delete"]>[0]): Promise<number> {
    let count = 0;
    for (;;) {
      const rows = await this.#connection.repeatable(() => deleteEvents(this.#connection.dialect, params));
      count += rows.length;
      if (rows.length < DELETE_PORTION) return count;
    }
  }
}

/** The last statements of every transaction that writes events: whoever waits for the order of events then waits for a moment only. */
export function* appendEvents(dialect: SqlDialect, events: readonly NewEvent[] | undefined): SqlWork<void> {
  if (events === undefined || events.length === 0) return;
  if (dialect.eventOrder !== undefined) yield* rowsOf(dialect.eventOrder);
  const columns = Object.keys(EVENT_FIELDS).join(", ");
  yield* rowsOf(
    `INSERT INTO ${dialect.table("events")} (${columns}) SELECT ${columns} FROM ${dialect.rowsOf("$1", EVENT_FIELDS)} d`,
    [JSON.stringify(events.map((event) => toRow(event)))],
  );
}

function toRow(event: NewEvent): Record<keyof typeof EVENT_FIELDS, string | number | undefined> {
  return {
    location: event.location,
    scope: event.scope,
    agent_name: event.agentName,
    type: event.type,
    occurred_at: event.at,
    actor_id: event.actor.id,
    actor_host: event.actor.host,
    actor_pid: event.actor.pid,
    data: JSON.stringify(event.data),
  };
}

function selectEvents(
  dialect: SqlDialect,
  params: Parameters<EventStore["list"]>[0],
  after: string | number,
  limit: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.equals("location", params.location);
  where.equals("scope", params.scope);
  where.equals("agent_name", params.agentName);
  where.isOneOf("type", params.types);
  if (params.since !== undefined) where.add([params.since], (since) => `occurred_at >= ${since}`);
  where.isBehind(["sequence"], [after]);
  const size = where.value(limit);
  return rowsOf(
    `SELECT * FROM ${dialect.table("events")} ${where.toString()} ORDER BY sequence LIMIT ${size}`,
    where.values,
  );
}

function deleteEvents(
  dialect: SqlDialect,
  { location, scope, before }: Parameters<EventStore["delete"]>[0],
): SqlWork<readonly SqlRow[]> {
  const events = dialect.table("events");
  const inScope = scope === undefined ? "" : "AND scope = $3 ";
  return rowsOf(
    `DELETE FROM ${events} WHERE sequence IN (
       SELECT sequence FROM ${events} WHERE location = $1 AND occurred_at < $2 ${inScope}ORDER BY sequence LIMIT ${DELETE_PORTION})
     RETURNING sequence`,
    scope === undefined ? [location, before] : [location, before, scope],
  );
}
