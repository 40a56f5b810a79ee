import { TenureError } from "../../errors/index.ts";
import type { AgentKey, AgentRegistry, SessionRecord } from "../../registry/contract/index.ts";

/** A record as it is to be written. */
export type SessionDraft = Omit<SessionRecord, "revisionCount">;

/** Lost races before something must be wrong: each one means that somebody else has written in between. */
const MOST_RACES = 20;

/** Which session. */
export interface SessionAddress {
  readonly registry: AgentRegistry;
  readonly key: AgentKey;
  readonly sessionId: string;
}

/**
 * Changes a session by compare-and-set: `change` sees what is stored now and is called again when somebody else was faster. When it gives nothing,
 * nothing is written and what is stored is returned. Rejects with `registry_busy` after too many lost races.
 */
export async function changeSession(
  { registry, key, sessionId }: SessionAddress,
  change: (current: SessionRecord | undefined) => SessionDraft | undefined,
): Promise<SessionRecord | undefined> {
  let current = await registry.sessions.get({ key, sessionId });
  for (let races = 0; races < MOST_RACES; races += 1) {
    const draft = change(current);
    if (draft === undefined) return current;
    const result = await registry.sessions.put({ session: draft, expected: current?.revisionCount ?? 0 });
    if (result.written) return result.session;
    current = result.session;
  }
  throw new TenureError(
    "registry_busy",
    `Session ${JSON.stringify(sessionId)} was changed by others ${MOST_RACES} times in a row.`,
    {
      retryable: true,
    },
  );
}
