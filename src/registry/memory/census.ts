import type { Census, CensusStore, RevisionState } from "../contract/index.ts";
import type { MemoryConnection } from "./connection.ts";

/** Counts in memory. */
export class MemoryCensusStore implements CensusStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  take(params: { readonly location: string; readonly scope: string }): Promise<Census> {
    return this.#connection.run(() => {
      const revisions: Record<RevisionState, number> = { active: 0, retiring: 0, deleted: 0 };
      const agents = this.#connection.store
        .agents()
        .filter(({ record: { key } }) => key.location === params.location && key.scope === params.scope);
      for (const agent of agents) for (const { record } of agent.revisions.values()) revisions[record.state] += 1;
      return {
        agents: agents.length,
        ephemeralAgents: agents.filter(({ record }) => record.ephemeralOwner !== undefined).length,
        revisions,
        intents: agents.reduce((sum, { intents }) => sum + intents.size, 0),
        oldestAgentAt:
          agents.length === 0
            ? undefined
            : agents.reduce((oldest, { record }) => Math.min(oldest, record.createdAt), Number.POSITIVE_INFINITY),
      };
    });
  }
}
