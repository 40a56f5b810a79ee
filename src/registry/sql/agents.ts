import type { Fingerprint } from "../../config/index.ts";
import {
  type AgentKey,
  type AgentRecord,
  agentResource,
  type AgentStore,
  type LookUp,
  type Page,
  type RevisionRecord,
} from "../contract/index.ts";
import {
  agentNotFound,
  decodeCursor,
  encodeCursor,
  pageLimit,
  pageOf,
  patchSettings,
  revisionNotFound,
  stepRevision,
} from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { appendEvents } from "./events.ts";
import { assertLease } from "./leases.ts";
import { agentFrom, leaseFrom, number, revisionFrom } from "./records.ts";
import { listRevisions, selectLookUp, selectRevision } from "./revisions.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

export class SqlAgents implements AgentStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async get(params: { readonly key: AgentKey }): Promise<AgentRecord | undefined> {
    const row = await this.#connection.read(() => selectAgent(this.#connection.dialect, params.key));
    return row === undefined ? undefined : agentFrom(row);
  }

  async getByServiceKey(params: {
    readonly location: string;
    readonly serviceKey: string;
  }): Promise<AgentRecord | undefined> {
    const row = await this.#connection.read(() =>
      selectOwner(this.#connection.dialect, params.location, params.serviceKey),
    );
    return row === undefined ? undefined : agentFrom(row);
  }

  async list(params: Parameters<AgentStore["list"]>[0]): Promise<Page<AgentRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("agents", params.cursor, ["string", "string"]);
    const rows = await this.#connection.read(() => selectAgents(this.#connection.dialect, params, after, limit + 1));
    const items = rows.map((row) => agentFrom(row));
    return pageOf(items, limit, ({ key }) => encodeCursor("agents", [key.name, key.scope]));
  }

  async getRevision(params: {
    readonly key: AgentKey;
    readonly fingerprint: Fingerprint;
  }): Promise<RevisionRecord | undefined> {
    const row = await this.#connection.read(() =>
      selectRevision(this.#connection.dialect, params.key, params.fingerprint),
    );
    return row === undefined ? undefined : revisionFrom(row, params.key);
  }

  async lookUp(params: { readonly key: AgentKey; readonly fingerprint: Fingerprint }): Promise<LookUp> {
    const { key, fingerprint } = params;
    const row = await this.#connection.read(() => selectLookUp(this.#connection.dialect, key, fingerprint));
    if (row === undefined) return { revision: undefined, held: undefined };
    return {
      revision: row.id === null ? undefined : revisionFrom(row, key),
      held: row.fence === null ? undefined : leaseFrom(row, agentResource(key)),
    };
  }

  listRevisions(params: Parameters<AgentStore["listRevisions"]>[0]): Promise<Page<RevisionRecord>> {
    return listRevisions(this.#connection, params);
  }

  // Not repeatable, like every fenced write with events: the events would be written twice. The caller looks and decides.
  async update(params: Parameters<AgentStore["update"]>[0]): Promise<AgentRecord> {
    return await this.#connection.transaction(() => update(this.#connection.dialect, params));
  }

  async updateRevision(params: Parameters<AgentStore["updateRevision"]>[0]): Promise<RevisionRecord> {
    return await this.#connection.transaction(() => updateRevision(this.#connection.dialect, params));
  }

  async delete(params: Parameters<AgentStore["delete"]>[0]): Promise<boolean> {
    const { dialect } = this.#connection;
    return await this.#connection.transaction(function* () {
      yield* assertLease(dialect, params.lease, params.key);
      const row = yield* deleteAgent(dialect, params.key);
      yield* appendEvents(dialect, params.events);
      return row !== undefined;
    });
  }
}

export function selectAgent(dialect: SqlDialect, key: AgentKey): SqlWork<SqlRow | undefined> {
  return rowOf(`SELECT * FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3`, [
    key.location,
    key.scope,
    key.name,
  ]);
}

/** The agent that holds the service key. */
export function selectOwner(dialect: SqlDialect, location: string, serviceKey: string): SqlWork<SqlRow | undefined> {
  return rowOf(`SELECT * FROM ${dialect.table("agents")} WHERE location = $1 AND service_key = $2`, [
    location,
    serviceKey,
  ]);
}

export function setCurrent(
  dialect: SqlDialect,
  agentId: number,
  current: Fingerprint | null,
): SqlWork<SqlRow | undefined> {
  return rowOf(`UPDATE ${dialect.table("agents")} SET current_revision = $2 WHERE id = $1 RETURNING *`, [
    agentId,
    current,
  ]);
}

export function deleteAgent(dialect: SqlDialect, key: AgentKey): SqlWork<SqlRow | undefined> {
  return rowOf(`DELETE FROM ${dialect.table("agents")} WHERE location = $1 AND scope = $2 AND name = $3 RETURNING id`, [
    key.location,
    key.scope,
    key.name,
  ]);
}

function selectAgents(
  dialect: SqlDialect,
  params: Parameters<AgentStore["list"]>[0],
  after: readonly (string | number)[] | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.equals("location", params.location);
  where.equals("scope", params.scope);
  where.isBehind(
    params.scope === undefined ? ["name", "scope"] : ["name"],
    params.scope === undefined ? after : after?.slice(0, 1),
  );
  const order = params.scope === undefined ? "name, scope" : "name";
  return rowsOf(
    `SELECT * FROM ${dialect.table("agents")} ${where.toString()} ORDER BY ${order} LIMIT ${where.value(size)}`,
    where.values,
  );
}

function* update(dialect: SqlDialect, params: Parameters<AgentStore["update"]>[0]): SqlWork<AgentRecord> {
  const { lease, key, current } = params;
  yield* assertLease(dialect, lease, key);
  const found = yield* selectAgent(dialect, key);
  if (found === undefined) throw agentNotFound(key);
  if (current !== undefined) {
    const revision = yield* selectRevision(dialect, key, current);
    if (revision === undefined || revision.state === "deleted") throw revisionNotFound(key, current);
  }
  const agent = agentFrom(found);
  const settings = patchSettings(agent.settings, params.settings);
  yield* rowsOf(`UPDATE ${dialect.table("agents")} SET current_revision = $2, settings = $3 WHERE id = $1`, [
    number(found.id),
    current ?? agent.current ?? null,
    JSON.stringify(settings),
  ]);
  yield* appendEvents(dialect, params.events);
  return { ...agent, current: current ?? agent.current, settings };
}

function* updateRevision(
  dialect: SqlDialect,
  params: Parameters<AgentStore["updateRevision"]>[0],
): SqlWork<RevisionRecord> {
  const { lease, key, fingerprint } = params;
  yield* assertLease(dialect, lease, key);
  const agent = yield* selectAgent(dialect, key);
  if (agent === undefined) throw agentNotFound(key);
  const found = yield* selectRevision(dialect, key, fingerprint, dialect.forUpdate);
  if (found === undefined) throw revisionNotFound(key, fingerprint);
  const revision = revisionFrom(found, key);
  const { state, markedAt } = stepRevision(revision, params.state, number(found.now));
  const next = {
    ...revision,
    state,
    markedAt,
    settings: patchSettings(revision.settings, params.settings),
    stored: params.stored ?? revision.stored,
    storedFingerprint: params.storedFingerprint ?? revision.storedFingerprint,
    remote: params.remote ?? revision.remote,
    stamped: params.stamped ?? revision.stamped,
  };
  const row = yield* writeRevision(dialect, number(found.id), next);
  if (state === "deleted" && agent.current_revision === fingerprint) yield* setCurrent(dialect, number(agent.id), null);
  yield* appendEvents(dialect, params.events);
  return row === undefined ? next : revisionFrom(row, key);
}

function writeRevision(dialect: SqlDialect, id: number, revision: RevisionRecord): SqlWork<SqlRow | undefined> {
  const { state, markedAt, remote, stored, storedFingerprint, stamped, settings } = revision;
  return rowOf(
    `UPDATE ${dialect.table("revisions")} SET state = $2, marked_at = $3, remote_id = $4, remote_name = $5,
       remote_version = $6, stored = $7, stored_fingerprint = $8, stamped = $9, settings = $10
     WHERE id = $1 RETURNING *`,
    [
      id,
      state,
      markedAt ?? null,
      remote.id,
      remote.name,
      remote.version ?? null,
      JSON.stringify(stored),
      storedFingerprint,
      stamped ? 1 : 0,
      JSON.stringify(settings),
    ],
  );
}
