import type { Fingerprint, JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { addResponseIds, type AgentManager } from "../../manager/index.ts";
import { type AgentKey, sessionResource, type SessionRecord } from "../../registry/contract/index.ts";
import type { AgentService } from "../../services/contract/index.ts";
import { closeOpenCalls } from "./open-calls.ts";
import { noteSession } from "./session-audit.ts";
import { readSessionData, type SessionData, writeSessionData } from "./session-data.ts";
import { SessionLease } from "./session-lease.ts";
import { enterQueue } from "./session-queue.ts";
import { changeSession, type SessionAddress, type SessionDraft } from "./session-records.ts";

/** Which session to hold, and how. */
export interface HoldRequest {
  readonly manager: AgentManager;
  readonly key: AgentKey;
  readonly sessionId: string;
  /** How long to wait for other processes; those before us in this process are waited for until the signal fires. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onLost: (error: TenureError) => void;
}

/** What a run writes into its session before the first question goes out. */
export interface BeginParams {
  readonly fingerprint: Fingerprint;
  readonly userId: string | undefined;
  readonly signal: AbortSignal;
}

/** A session that nobody else is running, in this process or another, until it is disposed of. */
export class SessionHold implements AsyncDisposable {
  readonly #request: HoldRequest;
  readonly #lease: SessionLease;
  readonly #leave: () => void;
  #record: SessionRecord | undefined;

  private constructor(request: HoldRequest, parts: { readonly lease: SessionLease; readonly leave: () => void }) {
    this.#request = request;
    this.#lease = parts.lease;
    this.#leave = parts.leave;
  }

  /** Waits for the session, then reads it. Rejects with `session_busy`, or with the signal's reason. */
  static async open(request: HoldRequest): Promise<SessionHold> {
    const { manager, key, sessionId, signal } = request;
    const resource = sessionResource(key, sessionId);
    const leave = await enterQueue(manager.registry, resource, signal);
    try {
      const lease = await SessionLease.claim({ ...request, resource });
      const hold = new SessionHold(request, { lease, leave });
      try {
        hold.#record = await manager.registry.sessions.get({ key, sessionId });
        return hold;
      } catch (thrown) {
        await lease[Symbol.asyncDispose]();
        throw thrown;
      }
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }

  /** What the registry has; absent for a new session. */
  get record(): SessionRecord | undefined {
    return this.#record;
  }

  get conversationId(): string | undefined {
    return this.#record?.conversationId;
  }

  get data(): SessionData {
    return readSessionData(this.#record?.data ?? {});
  }

  /** Throws `lease_lost` if another process may be running the session by now: nothing must be asked in its conversation then. */
  assertHeld(): void {
    this.#lease.assertHeld();
  }

  /**
   * Makes sure that there is a conversation and notes that a run has begun. When somebody else was faster (after our lease ran out, say), theirs is used
   * and ours is deleted again.
   */
  async begin(params: BeginParams): Promise<string> {
    this.assertHeld();
    const spare = this.conversationId === undefined ? await this.#createConversation(params.signal) : undefined;
    const { fingerprint, userId } = params;
    const change = (draft: SessionDraft): SessionDraft => ({
      ...draft,
      fingerprint,
      userId: draft.userId ?? userId,
      conversationId: draft.conversationId ?? spare,
      data: writeSessionData(draft.data, { unsettled: true }),
    });
    const before = this.#record;
    const record = await this.#change(change, fingerprint);
    if (spare !== undefined && record?.conversationId !== spare) await this.#discard(spare);
    if (record?.conversationId === undefined)
      throw new TenureError("internal", "A session was written without its conversation.");
    if (spare === record.conversationId)
      await noteSession(this.#request, { type: "session.started", conversationId: spare });
    if (before?.conversationId !== undefined && before.fingerprint !== fingerprint) {
      await noteSession(this.#request, { type: "session.moved", fingerprint, before: before.fingerprint });
    }
    return record.conversationId;
  }

  /** Notes the answers that a run has made, and how it has ended; the latter only if the session is still its own. */
  async settle(ending: Partial<Omit<SessionData, "responses">>, made: readonly string[]): Promise<void> {
    const change = this.#lease.isHeld ? ending : {};
    await this.#change((draft) => {
      const responses = addResponseIds(readSessionData(draft.data).responses, made);
      return { ...draft, data: writeSessionData(draft.data, { ...change, responses }) };
    });
  }

  /** Forgets the conversation, because it is lost or was cleared; the next `begin` makes a new one. */
  async forgetConversation(type: "session.lost" | "session.cleared"): Promise<void> {
    this.assertHeld();
    const { conversationId } = this;
    // The answers of a lost conversation may still be there: they go when the session is cleared or ended.
    const responses = type === "session.cleared" ? { responses: [] } : {};
    await this.#change((draft) => ({
      ...draft,
      conversationId: undefined,
      data: writeSessionData(draft.data, { unsettled: false, carriedTokens: 0, seed: [], ...responses }),
    }));
    if (conversationId !== undefined) await noteSession(this.#request, { type, conversationId });
  }

  /** Answers that an earlier run still owes the model. */
  openCalls(signal: AbortSignal): Promise<readonly JsonObject[]> {
    if (this.conversationId === undefined || !this.data.unsettled) return Promise.resolve([]);
    return closeOpenCalls(this.#service, this.conversationId, signal);
  }

  /** Removes the session's record. */
  async deleteRecord(): Promise<boolean> {
    this.assertHeld();
    const { key, sessionId } = this.#request;
    const { conversationId } = this;
    this.#record = undefined;
    const deleted = await this.#address.registry.sessions.delete({ key, sessionId });
    if (deleted) await noteSession(this.#request, { type: "session.ended", conversationId });
    return deleted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#lease[Symbol.asyncDispose]();
    } finally {
      this.#leave();
    }
  }

  get #service(): AgentService {
    return this.#request.manager.service;
  }

  get #address(): SessionAddress {
    const { manager, key, sessionId } = this.#request;
    return { registry: manager.registry, key, sessionId };
  }

  async #createConversation(signal: AbortSignal): Promise<string> {
    const { key, sessionId } = this.#request;
    const metadata = { tenure_scope: key.scope, tenure_agent: key.name, tenure_session: sessionId };
    const { id } = await this.#service.runs.createConversation({ metadata, signal });
    return id;
  }

  async #discard(conversationId: string): Promise<void> {
    try {
      await this.#service.runs.deleteConversation({ conversationId });
    } catch {
      // An empty conversation that stays is not worth a failed run.
    }
  }

  /** Writes the record; one that is not there is made only for a `fingerprint`. */
  async #change(
    change: (draft: SessionDraft) => SessionDraft,
    fingerprint?: Fingerprint,
  ): Promise<SessionRecord | undefined> {
    const now = this.#request.manager.runtime.now();
    this.#record = await changeSession(this.#address, (current) => {
      const draft = current ?? (fingerprint === undefined ? undefined : this.#blank(now, fingerprint));
      return draft === undefined ? undefined : change({ ...draft, lastUsedAt: Math.max(now, draft.lastUsedAt) });
    });
    return this.#record;
  }

  #blank(now: number, fingerprint: Fingerprint): SessionDraft {
    const { key, sessionId } = this.#request;
    const absent = { conversationId: undefined, userId: undefined, title: undefined };
    return { key, sessionId, fingerprint, ...absent, createdAt: now, lastUsedAt: now, data: {} };
  }
}
