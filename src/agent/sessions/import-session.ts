import { assertSessionId } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { AgentManager } from "../../manager/index.ts";
import type { AgentKey, SessionRecord } from "../../registry/contract/index.ts";
import type { SessionName } from "./agent-sessions.ts";
import { noteSession } from "./session-audit.ts";
import { writeSessionData } from "./session-data.ts";
import { type ImportedSession, readDocument } from "./session-document.ts";

/** Writes an exported session into the manager's registry. */
export async function importSession(
  manager: AgentManager,
  value: unknown,
  options: Partial<SessionName> & { readonly asCopy?: boolean | undefined },
): Promise<SessionRecord> {
  const document = readDocument(value);
  const sessionId = options.sessionId ?? document.sessionId;
  assertSessionId(sessionId);
  const key = manager.keyOf(options.agentName ?? document.agentName);
  const isSame = isOwnDocument(document, key) && sessionId === document.sessionId;
  if (!isSame && options.asCopy !== true) throw foreign(document, key);
  const conversationId = isSame && options.asCopy !== true ? await livingConversation(manager, document) : undefined;
  const { title, userId, fingerprint, turns } = document;
  const { written, session } = await manager.registry.sessions.put({
    session: {
      key,
      sessionId,
      fingerprint,
      conversationId,
      userId,
      title,
      createdAt: Date.parse(document.createdAt),
      lastUsedAt: manager.runtime.now(),
      data: writeSessionData({}, { seed: conversationId === undefined ? turns : [] }),
    },
    expected: 0,
  });
  if (written && session !== undefined) {
    await noteSession({ manager, key, sessionId }, { type: "session.imported", conversationId });
    return session;
  }
  throw new TenureError(
    "session_conflict",
    `Agent ${JSON.stringify(key.name)} has a session ${JSON.stringify(sessionId)} already.`,
    {
      hint: "End that one first, or import with another `sessionId` and `asCopy: true`.",
    },
  );
}

function isOwnDocument(document: ImportedSession, key: AgentKey): boolean {
  return document.location === key.location && document.scope === key.scope && document.agentName === key.name;
}

function foreign(document: ImportedSession, key: AgentKey): TenureError {
  const { agentName, scope, sessionId } = document;
  return new TenureError(
    "session_conflict",
    `Session ${JSON.stringify(sessionId)} was exported from agent ${JSON.stringify(agentName)} in scope ${JSON.stringify(scope)}; ` +
      `it cannot go on in agent ${JSON.stringify(key.name)} in scope ${JSON.stringify(key.scope)} of another place or under another id.`,
    { hint: "Pass `asCopy: true` to begin a session of its own with what was said." },
  );
}

/** The document's conversation, if the service still has it. */
async function livingConversation(
  manager: AgentManager,
  { conversationId }: ImportedSession,
): Promise<string | undefined> {
  if (conversationId === undefined) return undefined;
  try {
    for await (const _item of manager.service.runs.listItems({ conversationId })) break;
    return conversationId;
  } catch (thrown) {
    if (TenureError.from(thrown).code === "session_not_found") return undefined;
    throw thrown;
  }
}
