import type { JsonObject } from "../../config/index.ts";
import type { AgentManager, SessionEvent } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";

/** Omits from each member of a union on its own. */
type OmitEach<Union, Member extends PropertyKey> = Union extends unknown ? Omit<Union, Member> : never;

/** What happened, without what the place of it tells. */
export type SessionNews = OmitEach<SessionEvent, "agentName" | "sessionId" | "at">;

/** Which session of which manager. */
export interface AuditedSession {
  readonly manager: AgentManager;
  readonly key: AgentKey;
  readonly sessionId: string;
}

/** Tells the manager's listeners, and writes it into the audit trail. It has happened already, so a trail that cannot be written fails nothing. */
export async function noteSession({ manager, key, sessionId }: AuditedSession, news: SessionNews): Promise<void> {
  const { type, ...facts } = news;
  manager.emit({ ...news, agentName: key.name, sessionId });
  const data: JsonObject = { sessionId, ...facts };
  const { location, scope, name: agentName } = key;
  const event = { type, location, scope, agentName, at: manager.runtime.now(), actor: manager.process, data };
  try {
    await manager.registry.events.append({ events: [event] });
  } catch {
    // See above.
  }
}
