import type { Fingerprint, JsonObject } from "../../config/index.ts";
import type { RunContext } from "../../llmops/stages.ts";
import type { ManagedAgent } from "../../manager/index.ts";
import type { AgentSettings } from "../agent-settings.ts";
import type { ProgressStatus } from "../progress.ts";
import type { NoticeCode, RunEvent } from "../run-events.ts";
import type { RunRequest } from "../run-options.ts";
import type { RunDeadline } from "./run-deadline.ts";
import { RunTally } from "./run-tally.ts";

/** What a run was started with. */
export interface RunStart {
  readonly settings: AgentSettings;
  readonly request: RunRequest;
  readonly deadline: RunDeadline;
  /** Hears every event of the run but its result. Must not throw. */
  readonly listener: (event: RunEvent) => void;
  /** Whether text is wanted as it comes. */
  readonly streaming: boolean;
}

/** One run under way: what it was asked, what it has used, and where its events go. */
export class RunScope {
  readonly settings: AgentSettings;
  readonly request: RunRequest;
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly deadline: RunDeadline;
  readonly streaming: boolean;
  readonly tally = new RunTally();
  /** The agent in use; absent until it is resolved. */
  target: RunTarget | undefined;
  readonly #listener: (event: RunEvent) => void;
  readonly #startedMonotonic: number;

  constructor(start: RunStart) {
    const { runtime } = start.settings.manager;
    this.settings = start.settings;
    this.request = start.request;
    this.deadline = start.deadline;
    this.streaming = start.streaming;
    this.requestId = runtime.newId();
    this.startedAt = runtime.now();
    this.#listener = start.listener;
    this.#startedMonotonic = runtime.monotonic();
  }

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  get durationMs(): number {
    return Math.round(this.settings.manager.runtime.monotonic() - this.#startedMonotonic);
  }

  emit(event: RunEvent): void {
    this.#listener(event);
  }

  progress(status: ProgressStatus, message: string): void {
    const at = new Date(this.settings.manager.runtime.now()).toISOString();
    this.emit({ type: "progress", status, message, at, requestId: this.requestId });
  }

  notice(code: NoticeCode, message: string): void {
    this.tally.notices.push({ code, message });
    this.emit({ type: "notice", code, message });
  }
}

/** The agent that a run uses, and the run as the stages see it. */
export interface RunTarget {
  readonly agent: ManagedAgent;
  readonly context: RunContext;
  /** Whether the agent is the session's pinned revision and not the one that fits the configuration. */
  readonly isPinned: boolean;
  /** The revision that the session belongs to: the agent's own, also while a budget has it run with a cheaper model. */
  readonly home: Fingerprint;
  /** The cheaper model that a budget ordered. */
  readonly degradedTo: string | undefined;
}

/** What goes to the model in one call. */
export type ModelInput = string | readonly JsonObject[];
