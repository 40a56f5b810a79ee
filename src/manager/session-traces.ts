import type { JsonObject } from "../config/index.ts";
import { TenureError } from "../errors/index.ts";
import type { SessionRecord } from "../registry/contract/index.ts";
import type { AgentService } from "../services/contract/index.ts";

/** Answers that a session remembers, the newest: enough for most, and a record that is written twice a run stays below some 10 KB. */
const MOST_RESPONSES = 100;
/** Answers that are deleted at the same time. */
const PARALLEL = 4;

/** The member of a session's `data` that holds the ids of the answers made in it, oldest first. */
export const RESPONSES_MEMBER = "responses";

/** The service's ids of the answers made in a session, oldest first. What another version wrote differently counts as absent. */
export function responseIdsOf(data: JsonObject): readonly string[] {
  const ids = data[RESPONSES_MEMBER];
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : [];
}

/** `known` and `made`, without the oldest of what is too much: those stay in the service for as long as it keeps them. */
export function addResponseIds(known: readonly string[], made: readonly string[]): readonly string[] {
  return [...known, ...made].slice(-MOST_RESPONSES);
}

/**
 * Deletes what a session has left in the service: the answers that it remembers, and its conversation. What is gone already is fine, so that it can be
 * repeated. A service that refuses to delete an answer for good does not keep the session from ending; what may pass rejects.
 */
export async function deleteSessionTraces(
  service: AgentService,
  session: Pick<SessionRecord, "conversationId" | "data">,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { conversationId, data } = session;
  const left = responseIdsOf(data)[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const responseId of left) await deleteResponse(service, responseId, signal);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  if (conversationId !== undefined) await service.runs.deleteConversation({ conversationId, signal });
}

async function deleteResponse(
  service: AgentService,
  responseId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await service.runs.deleteResponse({ responseId, signal });
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (error.code !== "service_refused" && error.code !== "wrong_endpoint") throw error;
  }
}
