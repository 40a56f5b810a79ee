import type { Census, CensusStore, RevisionState } from "../contract/index.ts";
import type { SqlConnection } from "./connection.ts";
import { number, text } from "./records.ts";
import { rowOf, rowsOf, type SqlWork } from "./work.ts";

/** Counts in SQL. */
export class SqlCensusStore implements CensusStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  take(params: { readonly location: string; readonly scope: string }): Promise<Census> {
    return this.#connection.read(() => this.#count([params.location, params.scope]));
  }

  *#count(place: readonly [location: string, scope: string]): SqlWork<Census> {
    const table = (name: string): string => this.#connection.dialect.table(name);
    const ofScope = `FROM ${table("agents")} AS a WHERE a.location = $1 AND a.scope = $2`;
    const agents = yield* rowOf(
      `SELECT count(*) AS agents, count(a.owner_id) AS ephemeral, min(a.created_at) AS oldest ${ofScope}`,
      place,
    );
    const states = yield* rowsOf(
      `SELECT r.state, count(*) AS revisions FROM ${table("revisions")} AS r
        WHERE r.agent_id IN (SELECT a.id ${ofScope}) GROUP BY r.state`,
      place,
    );
    const intents = yield* rowOf(
      `SELECT count(*) AS intents FROM ${table("intents")} AS i WHERE i.agent_id IN (SELECT a.id ${ofScope})`,
      place,
    );
    const revisions: Record<RevisionState, number> = { active: 0, retiring: 0, deleted: 0 };
    for (const row of states) revisions[text(row.state) as RevisionState] = number(row.revisions);
    return {
      agents: number(agents?.agents),
      ephemeralAgents: number(agents?.ephemeral),
      revisions,
      intents: number(intents?.intents),
      oldestAgentAt: agents?.oldest === null || agents === undefined ? undefined : number(agents.oldest),
    };
  }
}
