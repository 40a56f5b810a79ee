import type { Fingerprint } from "../../config/index.ts";
import type { SessionRecord } from "../../registry/contract/index.ts";

/** What is known of a session. */
export interface SessionInfo {
  readonly agentName: string;
  readonly sessionId: string;
  readonly title: string | undefined;
  /** The user that the session belongs to; absent if its runs named none. */
  readonly userId: string | undefined;
  /** The revision that ran it last, or that it is pinned to. */
  readonly fingerprint: Fingerprint;
  /** The service's conversation; absent before the first run and after `clear`. */
  readonly conversationId: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly lastUsedAt: string;
}

/** The record as callers see it. */
export function infoOf(record: SessionRecord): SessionInfo {
  const { key, sessionId, title, userId, fingerprint, conversationId } = record;
  return {
    agentName: key.name,
    sessionId,
    title,
    userId,
    fingerprint,
    conversationId,
    createdAt: new Date(record.createdAt).toISOString(),
    lastUsedAt: new Date(record.lastUsedAt).toISOString(),
  };
}
