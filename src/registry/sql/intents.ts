import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type {
  AgentKey,
  AgentRecord,
  IntentRecord,
  IntentStore,
  NewAgent,
  Page,
  RevisionRecord,
} from "../contract/index.ts";
import { decodeCursor, encodeCursor, pageLimit, pageOf, serviceNameTaken } from "../rules/index.ts";
import { deleteAgent, selectAgent, selectOwner, setCurrent } from "./agents.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { appendEvents } from "./events.ts";
import { assertLease } from "./leases.ts";
import { agentFrom, intentFrom, KEY_COLUMNS, keyFrom, number, revisionFrom } from "./records.ts";
import { upsertRevision } from "./revisions.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

export class SqlIntents implements IntentStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  // Repeatable: the same id is written once, and its events with it.
  async create(params: Parameters<IntentStore["create"]>[0]): Promise<IntentRecord> {
    return await this.#connection.transaction(() => create(this.#connection.dialect, params), true);
  }

  // Not repeatable because of its events. A caller that does not know reads the revision.
  async commit(params: Parameters<IntentStore["commit"]>[0]): ReturnType<IntentStore["commit"]> {
    return await this.#connection.transaction(() => commit(this.#connection.dialect, params));
  }

  // Repeatable: an intent that is gone is dropped without events.
  async drop(params: Parameters<IntentStore["drop"]>[0]): Promise<void> {
    await this.#connection.transaction(() => drop(this.#connection.dialect, params), true);
  }

  async list(params: Parameters<IntentStore["list"]>[0]): Promise<Page<IntentRecord>> {
    const limit = pageLimit(params);
    const after = decodeCursor("intents", params.cursor, ["number"]);
    const rows = await this.#connection.read(() => selectIntents(this.#connection.dialect, params, after, limit + 1));
    const page = pageOf(rows, limit, (last) => encodeCursor("intents", [number(last.sequence)]));
    return { ...page, items: page.items.map((row) => intentFrom(row, keyFrom(row))) };
  }
}

function* create(dialect: SqlDialect, params: Parameters<IntentStore["create"]>[0]): SqlWork<IntentRecord> {
  const { lease, intent } = params;
  yield* assertLease(dialect, lease, intent.key);
  // Under the first lease there ever was there is no record: making it is the shorter way to find out.
  const made = lease.fence === 1 ? yield* insertAgent(dialect, intent.key, params.agent) : undefined;
  const agent = made ?? (yield* agentFor(dialect, intent.key, params.agent));
  const agentId = number(agent.id);
  const written = yield* insertIntent(dialect, agentId, params);
  if (written !== undefined) {
    yield* appendEvents(dialect, params.events);
    return intentFrom(written, intent.key);
  }
  const known = yield* rowOf(`SELECT * FROM ${dialect.table("intents")} WHERE agent_id = $1 AND intent_id = $2`, [
    agentId,
    intent.id,
  ]);
  if (known === undefined) throw new TenureError("internal", `The intent ${intent.id} was neither written nor found.`);
  return intentFrom(known, intent.key);
}

function* commit(
  dialect: SqlDialect,
  params: Parameters<IntentStore["commit"]>[0],
): SqlWork<{ readonly agent: AgentRecord; readonly revision: RevisionRecord }> {
  const { lease, revision } = params;
  yield* assertLease(dialect, lease, revision.key);
  const { fingerprint, key } = revision;
  // Nearly always the record is there: the intent made it.
  const pointed = params.makeCurrent ? yield* pointAt(dialect, key, fingerprint) : undefined;
  let agent = pointed ?? (yield* agentFor(dialect, key, params.agent));
  const agentId = number(agent.id);
  if (params.intentId !== undefined) yield* deleteIntent(dialect, agentId, params.intentId);
  const row = yield* upsertRevision(dialect, agentId, revision, lease.resource);
  if (row === undefined) throw new TenureError("internal", `The revision ${revision.fingerprint} was not written.`);
  if (params.makeCurrent && pointed === undefined) agent = (yield* setCurrent(dialect, agentId, fingerprint)) ?? agent;
  yield* appendEvents(dialect, params.events);
  return { agent: agentFrom(agent), revision: revisionFrom(row, revision.key) };
}

function* drop(dialect: SqlDialect, params: Parameters<IntentStore["drop"]>[0]): SqlWork<void> {
  yield* assertLease(dialect, params.lease, params.key);
  const agent = yield* selectAgent(dialect, params.key);
  if (agent === undefined || (yield* deleteIntent(dialect, number(agent.id), params.intentId)) === undefined) return;
  const left = yield* rowOf(
    `SELECT id FROM ${dialect.table("agents")} WHERE id = $1
       AND NOT EXISTS (SELECT 1 FROM ${dialect.table("intents")} WHERE agent_id = $1)
       AND NOT EXISTS (SELECT 1 FROM ${dialect.table("revisions")} WHERE agent_id = $1)`,
    [number(agent.id)],
  );
  if (left !== undefined) yield* deleteAgent(dialect, params.key);
  yield* appendEvents(dialect, params.events);
}

/** The agent's row, made if there is none. */
function* agentFor(dialect: SqlDialect, key: AgentKey, facts: NewAgent): SqlWork<SqlRow> {
  const known = yield* selectAgent(dialect, key);
  if (known !== undefined) return known;
  // Nearly always the scope is there.
  const made = (yield* insertAgent(dialect, key, facts)) ?? (yield* insertFirst(dialect, key, facts));
  if (made !== undefined) return made;
  const owner =
    facts.serviceKey === undefined ? undefined : yield* selectOwner(dialect, key.location, facts.serviceKey);
  if (owner !== undefined) throw serviceNameTaken(facts.serviceName, key, keyFrom(owner));
  throw new TenureError("internal", `The agent "${key.name}" was neither written nor found.`);
}

/** In a scope that may not be there yet. */
function* insertFirst(dialect: SqlDialect, key: AgentKey, facts: NewAgent): SqlWork<SqlRow | undefined> {
  yield* rowsOf(`INSERT INTO ${dialect.table("scopes")} (location, scope) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [
    key.location,
    key.scope,
  ]);
  return yield* insertAgent(dialect, key, facts);
}

function pointAt(dialect: SqlDialect, key: AgentKey, fingerprint: Fingerprint): SqlWork<SqlRow | undefined> {
  return rowOf(
    `UPDATE ${dialect.table("agents")} SET current_revision = $4 WHERE location = $1 AND scope = $2 AND name = $3 RETURNING *`,
    [key.location, key.scope, key.name, fingerprint],
  );
}

function insertAgent(dialect: SqlDialect, key: AgentKey, facts: NewAgent): SqlWork<SqlRow | undefined> {
  const owner = facts.ephemeralOwner;
  return rowOf(
    `INSERT INTO ${dialect.table("agents")} (scope_id, location, scope, name, service_name, service_key, created_at,
       owner_id, owner_host, owner_pid, settings)
     SELECT id, location, scope, $3, $4, $5, ${dialect.now}, $6, $7, $8, $9
     FROM ${dialect.table("scopes")} WHERE location = $1 AND scope = $2
     ON CONFLICT DO NOTHING RETURNING *`,
    [
      key.location,
      key.scope,
      key.name,
      facts.serviceName,
      facts.serviceKey ?? null,
      owner?.id ?? null,
      owner?.host ?? null,
      owner?.pid ?? null,
      JSON.stringify(facts.settings ?? {}),
    ],
  );
}

function insertIntent(
  dialect: SqlDialect,
  agentId: number,
  { lease, intent }: Pick<Parameters<IntentStore["create"]>[0], "lease" | "intent">,
): SqlWork<SqlRow | undefined> {
  return rowOf(
    `INSERT INTO ${dialect.table("intents")} (agent_id, intent_id, kind, service_name, fingerprint, payload, fence,
       holder_id, holder_host, holder_pid, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, ${dialect.now})
     ON CONFLICT (agent_id, intent_id) DO NOTHING RETURNING *`,
    [
      agentId,
      intent.id,
      intent.kind,
      intent.serviceName,
      intent.fingerprint ?? null,
      JSON.stringify(intent.payload),
      lease.fence,
      lease.holder.id,
      lease.holder.host,
      lease.holder.pid,
    ],
  );
}

function deleteIntent(dialect: SqlDialect, agentId: number, intentId: string): SqlWork<SqlRow | undefined> {
  return rowOf(`DELETE FROM ${dialect.table("intents")} WHERE agent_id = $1 AND intent_id = $2 RETURNING intent_id`, [
    agentId,
    intentId,
  ]);
}

function selectIntents(
  dialect: SqlDialect,
  params: Parameters<IntentStore["list"]>[0],
  after: readonly (string | number)[] | undefined,
  size: number,
): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.equals("a.location", params.location);
  where.equals("a.scope", params.scope);
  where.equals("a.name", params.name);
  where.isBehind(["i.sequence"], after);
  return rowsOf(
    `SELECT i.*, ${KEY_COLUMNS} FROM ${dialect.table("intents")} i JOIN ${dialect.table("agents")} a ON a.id = i.agent_id
     ${where.toString()} ORDER BY i.sequence LIMIT ${where.value(size)}`,
    where.values,
  );
}
