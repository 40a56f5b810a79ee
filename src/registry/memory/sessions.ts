import type { AgentKey, Page, SessionRecord, SessionStore } from "../contract/index.ts";
import { agentNotFound } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { copyRecord } from "./copy.ts";
import { type Listing, pageFrom } from "./page.ts";

const BY_ID: Listing<SessionRecord> = {
  name: "sessions",
  shape: ["string", "string"],
  keyOf: (session) => [session.sessionId, session.key.name],
};
const BY_USE: Listing<SessionRecord> = {
  name: "idle-sessions",
  shape: ["number", "string", "string"],
  keyOf: (session) => [session.lastUsedAt, session.sessionId, session.key.name],
};

export class MemorySessions implements SessionStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<SessionRecord | undefined> {
    return this.#connection.run(() => this.#connection.store.agent(params.key)?.sessions.get(params.sessionId));
  }

  put(params: Parameters<SessionStore["put"]>[0]): ReturnType<SessionStore["put"]> {
    return this.#connection.run(() => {
      const { session, expected } = params;
      const agent = this.#connection.store.agent(session.key);
      if (agent === undefined) throw agentNotFound(session.key);
      const known = agent.sessions.get(session.sessionId);
      if ((known?.revisionCount ?? 0) !== expected) return { written: false, session: known };
      const record = copyRecord<SessionRecord>({
        ...session,
        createdAt: known?.createdAt ?? session.createdAt,
        lastUsedAt: Math.max(known?.lastUsedAt ?? 0, session.lastUsedAt),
        revisionCount: expected + 1,
      });
      agent.sessions.set(session.sessionId, record);
      return { written: true, session: record };
    });
  }

  delete(params: { readonly key: AgentKey; readonly sessionId: string }): Promise<boolean> {
    return this.#connection.run(
      () => this.#connection.store.agent(params.key)?.sessions.delete(params.sessionId) ?? false,
    );
  }

  list(params: Parameters<SessionStore["list"]>[0]): Promise<Page<SessionRecord>> {
    return this.#connection.run(() => {
      const { usedBefore } = params;
      const agents = this.#connection.store.agents().filter(({ record: { key } }) => isAsked(key, params));
      const sessions = agents.flatMap((agent) => [...agent.sessions.values()]);
      if (usedBefore === undefined) return pageFrom(sessions, BY_ID, params);
      return pageFrom(
        sessions.filter((session) => session.lastUsedAt < usedBefore),
        BY_USE,
        params,
      );
    });
  }

  count(params: { readonly location: string; readonly scope: string }): Promise<ReadonlyMap<string, number>> {
    return this.#connection.run(() => {
      const agents = this.#connection.store
        .agents()
        .filter(({ record: { key }, sessions }) => isAsked(key, params) && sessions.size > 0);
      return new Map(agents.map((agent) => [agent.record.key.name, agent.sessions.size]));
    });
  }
}

function isAsked(
  key: AgentKey,
  params: { readonly location: string; readonly scope: string; readonly name?: string | undefined },
): boolean {
  return (
    key.location === params.location &&
    key.scope === params.scope &&
    (params.name === undefined || key.name === params.name)
  );
}
