import { assertSessionId, type JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { deleteSessionTraces, type AgentManager } from "../../manager/index.ts";
import type { AgentKey, SessionRecord } from "../../registry/contract/index.ts";
import type { ConversationItem } from "../../services/contract/index.ts";
import { type Turn, turnsOf } from "../history.ts";
import { refuseUnknown, wholeNumber, wrongOption } from "../../config/option-checks.ts";
import { RunDeadline } from "../pipeline/run-deadline.ts";
import { expireSessions, type ExpireReport } from "./expire-sessions.ts";
import { importSession } from "./import-session.ts";
import type { SessionDocument } from "./session-document.ts";
import { SessionHold } from "./session-hold.ts";
import { infoOf, type SessionInfo } from "./session-info.ts";
import { changeSession } from "./session-records.ts";

/** Which session. */
export interface SessionName {
  readonly agentName: string;
  readonly sessionId: string;
}

/** Which session, and how long to wait while somebody is running it. */
export interface SessionCall extends SessionName {
  /** 0 to 3,600,000 ms; then `session_busy`. Default 30,000. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which sessions to list. */
export interface ListSessions {
  /** Default: of all agents of the scope. */
  readonly agentName?: string | undefined;
  /** Only those that nobody has used for so long. */
  readonly unusedForMs?: number | undefined;
  /** 1 to 1,000, default 100. */
  readonly limit?: number | undefined;
  /** Continues an earlier list. */
  readonly cursor?: string | undefined;
}

/** A session with what was said in it. */
export interface SessionTranscript extends SessionInfo {
  /** Oldest first. */
  readonly turns: readonly Turn[];
  /** Every item as the service holds it. */
  readonly items: readonly JsonObject[];
}

const MOST_WAIT_MS = 3_600_000;
/** Longest title. */
const TITLE_LENGTH = 256;

/**
 * The sessions of a manager's scope, without an agent to run them. Rejects with `session_not_found` for one that the registry does not know. Everything
 * that changes a session waits for its run to end, in this process or another.
 */
export class AgentSessions {
  readonly #manager: AgentManager;

  constructor({ manager }: { readonly manager: AgentManager }) {
    this.#manager = manager;
  }

  /** By session id. */
  async list(
    which: ListSessions = {},
  ): Promise<{ readonly sessions: readonly SessionInfo[]; readonly cursor: string | undefined }> {
    refuseUnknown("list", which, new Set(["agentName", "unusedForMs", "limit", "cursor"]));
    const { registry, service, scope, runtime } = this.#manager;
    const unusedForMs = wholeNumber("unusedForMs", which.unusedForMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    const page = await registry.sessions.list({
      location: service.location,
      scope,
      name: which.agentName,
      usedBefore: unusedForMs === undefined ? undefined : runtime.now() - unusedForMs,
      limit: wholeNumber("limit", which.limit, { min: 1, max: 1_000 }) ?? 100,
      cursor: which.cursor,
    });
    return { sessions: page.items.map((record) => infoOf(record)), cursor: page.cursor };
  }

  /** The session with everything that was said, read from the service. A conversation that the service has lost reads as empty. */
  async read(which: SessionCall): Promise<SessionTranscript> {
    const record = await this.#get(which);
    const items = await this.#items(record, which.signal);
    return { ...infoOf(record), turns: turnsOf(items), items: items.map(({ raw }) => raw) };
  }

  /** Gives it a title of 1 to 256 characters; `undefined` takes it away. */
  async rename(which: SessionName & { readonly title: string | undefined }): Promise<SessionInfo> {
    const { title } = which;
    if (title !== undefined && (typeof title !== "string" || title.trim() === "" || title.length > TITLE_LENGTH)) {
      throw wrongOption("title", `a text of 1 to ${TITLE_LENGTH} characters`, title);
    }
    const address = { registry: this.#manager.registry, key: this.#key(which), sessionId: which.sessionId };
    const record = await changeSession(address, (current) =>
      current === undefined ? undefined : { ...current, title },
    );
    if (record === undefined) throw notFound(which);
    return infoOf(record);
  }

  /** Deletes the conversation and its answers in the service; the session stays, and its next run begins anew. Nothing happens to one that is not there. */
  async clear(which: SessionCall): Promise<void> {
    await this.#withHold(which, async (session, signal) => {
      await this.#deleteTraces(session.record, signal);
      await session.forgetConversation("session.cleared");
    });
  }

  /** Deletes the conversation and its answers in the service, and the session's record. `false` if there was none. */
  async end(which: SessionCall): Promise<boolean> {
    return this.#withHold(which, (session, signal) => this.#end(session, signal));
  }

  /** Ends every session that nobody has used for `unusedForMs`. Sessions that are being run, or were used again meanwhile, stay. `dryRun`: only says which. */
  async expire(which: {
    readonly unusedForMs: number;
    readonly agentName?: string | undefined;
    readonly dryRun?: boolean | undefined;
  }): Promise<ExpireReport> {
    const unusedForMs = wholeNumber("unusedForMs", which.unusedForMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (unusedForMs === undefined) throw wrongOption("unusedForMs", "a number of milliseconds", undefined);
    const usedBefore = this.#manager.runtime.now() - unusedForMs;
    return expireSessions({
      list: (cursor) => this.list({ agentName: which.agentName, unusedForMs, cursor }),
      end: async (info) =>
        which.dryRun === true ||
        this.#withHold({ ...info, waitMs: 0 }, async (session, signal) =>
          session.record !== undefined && session.record.lastUsedAt < usedBefore ? this.#end(session, signal) : false,
        ),
    });
  }

  /** The session as JSON. */
  async export(which: SessionCall): Promise<SessionDocument> {
    const { turns, items, ...info } = await this.read(which);
    const { service, scope } = this.#manager;
    const said = turns.map(({ role, text }) => ({ role, text }));
    return { format: "tenure-session", version: 1, location: service.location, scope, ...info, turns: said, items };
  }

  /**
   * Brings an exported session back. If the service still has its conversation it goes on where it was; else the model is shown what was said before the
   * next question. Rejects with `session_conflict` when the document is of another agent, scope or service (unless `asCopy` makes a session with a
   * conversation of its own of it), or when there is such a session already; with `invalid_data` when it is no exported session; with `agent_not_found`
   * when the registry does not know the agent yet.
   */
  async import(
    document: unknown,
    options: Partial<SessionName> & { readonly asCopy?: boolean | undefined } = {},
  ): Promise<SessionInfo> {
    return infoOf(await importSession(this.#manager, document, options));
  }

  async #end(session: SessionHold, signal: AbortSignal): Promise<boolean> {
    if (session.record === undefined) return false;
    await this.#deleteTraces(session.record, signal);
    // What is counted but not written yet would bring the record back.
    await this.#manager.flush();
    return session.deleteRecord();
  }

  async #deleteTraces(record: SessionRecord | undefined, signal: AbortSignal): Promise<void> {
    if (record !== undefined) await deleteSessionTraces(this.#manager.service, record, signal);
  }

  async #items(record: SessionRecord, signal: AbortSignal | undefined): Promise<readonly ConversationItem[]> {
    const { conversationId } = record;
    if (conversationId === undefined) return [];
    try {
      return await Array.fromAsync(this.#manager.service.runs.listItems({ conversationId, signal }));
    } catch (thrown) {
      if (TenureError.from(thrown).code === "session_not_found") return [];
      throw thrown;
    }
  }

  async #get(which: SessionName): Promise<SessionRecord> {
    const record = await this.#manager.registry.sessions.get({ key: this.#key(which), sessionId: which.sessionId });
    if (record === undefined) throw notFound(which);
    return record;
  }

  #key({ agentName, sessionId }: SessionName): AgentKey {
    assertSessionId(sessionId);
    return this.#manager.keyOf(agentName);
  }

  /** The manager waits for it when it closes, as for a run. */
  #withHold<Result>(
    which: SessionCall,
    body: (session: SessionHold, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    return this.#manager.underWay((closing) => this.#holdUntil(closing, which, body));
  }

  async #holdUntil<Result>(
    closing: AbortSignal,
    which: SessionCall,
    body: (session: SessionHold, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { runtime } = this.#manager;
    const waitMs = wholeNumber("waitMs", which.waitMs, { min: 0, max: MOST_WAIT_MS }) ?? 30_000;
    const reason = (): TenureError =>
      new TenureError("timeout", "The session could not be changed in time.", { retryable: true });
    const parents = which.signal === undefined ? [closing] : [which.signal, closing];
    using deadline = new RunDeadline(runtime, MOST_WAIT_MS, { reason, parents });
    await using session = await SessionHold.open({
      manager: this.#manager,
      key: this.#key(which),
      sessionId: which.sessionId,
      waitMs,
      signal: deadline.signal,
      onLost: (error) => deadline.abort(error),
    });
    return await body(session, deadline.signal);
  }
}

function notFound({ agentName, sessionId }: SessionName): TenureError {
  return new TenureError(
    "session_not_found",
    `Agent ${JSON.stringify(agentName)} has no session ${JSON.stringify(sessionId)}.`,
  );
}
