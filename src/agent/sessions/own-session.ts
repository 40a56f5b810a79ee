import { TenureError } from "../../errors/index.ts";
import type { AgentResponse } from "../agent-response.ts";
import type { AgentSettings } from "../agent-settings.ts";
import type { Turn } from "../history.ts";
import type { AgentSource } from "../pipeline/agent-source.ts";
import type { RunScope } from "../pipeline/run-scope.ts";
import { AgentSessions } from "./agent-sessions.ts";
import { inOwnOrder } from "./own-order.ts";

const NEVER = new AbortController().signal;

/** The session of one `ProductionAgent`, beside its runs: what was said, reading it back, starting anew, ending. */
export class OwnSession {
  readonly #settings: AgentSettings;
  readonly #source: AgentSource;
  readonly #sessions: AgentSessions;
  #turns: readonly Turn[] = [];

  constructor(settings: AgentSettings, source: AgentSource) {
    this.#settings = settings;
    this.#source = source;
    this.#sessions = new AgentSessions({ manager: settings.manager });
  }

  get history(): readonly Turn[] {
    return this.#turns;
  }

  /** Adds a run's question and answer, if it gave one. */
  remember(run: RunScope, response: AgentResponse): void {
    if (!response.success) return;
    const { requestId } = response;
    const asked = { role: "user", text: response.query, at: new Date(run.startedAt).toISOString(), requestId } as const;
    const answered = { role: "assistant", text: response.response, at: response.timestamp, requestId } as const;
    this.#turns = [...this.#turns, asked, answered];
  }

  /** Reads the conversation from the service. What it says replaces what was remembered, which is the same or less. */
  async load(signal: AbortSignal | undefined): Promise<readonly Turn[]> {
    const agentName = await this.#agentName();
    if (agentName === undefined) return this.#turns;
    try {
      const { turns } = await this.#sessions.read({ agentName, sessionId: this.#settings.sessionId, signal });
      this.#turns = turns;
    } catch (thrown) {
      // Nobody has run it yet.
      if (TenureError.from(thrown).code !== "session_not_found") throw thrown;
    }
    return this.#turns;
  }

  /** Takes its place among the runs at once: those that were called before it are over then, and later ones begin anew. */
  async clear(signal: AbortSignal = NEVER): Promise<void> {
    await inOwnOrder(this.#settings, signal, async (sharedName) => {
      const agentName = sharedName ?? (await this.#source.ownName());
      if (agentName !== undefined) await this.#sessions.clear({ agentName, ...this.#call(signal) });
      this.#turns = [];
    });
  }

  async end(): Promise<void> {
    const agentName = await this.#agentName();
    if (agentName !== undefined) await this.#sessions.end({ agentName, ...this.#call(undefined) });
  }

  /** Every other session of the agent; those that are being run stay. */
  async endOthers(): Promise<void> {
    const agentName = await this.#agentName();
    if (agentName !== undefined) await this.#sessions.expire({ agentName, unusedForMs: 0 });
  }

  #call(signal: AbortSignal | undefined): {
    readonly sessionId: string;
    readonly waitMs: number;
    readonly signal: AbortSignal | undefined;
  } {
    const { sessionId, sessionWaitMs } = this.#settings;
    return { sessionId, waitMs: sessionWaitMs, signal };
  }

  /** Of the agent whose session it is; an agent of the object's own has a name only once it was made. */
  async #agentName(): Promise<string | undefined> {
    return this.#settings.reuseAgent ? this.#settings.agentName : this.#source.ownName();
  }
}
