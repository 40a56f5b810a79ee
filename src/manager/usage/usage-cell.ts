import type { Fingerprint } from "../../config/index.ts";
import type { AgentKey, UsageDelta } from "../../registry/contract/index.ts";
import type { TokenUsage } from "../../services/contract/index.ts";

/** One run as it is counted. */
export interface RunRecord {
  readonly failed: boolean;
  /** Absent if the service gave no figures. */
  readonly usage?: TokenUsage | undefined;
  /** In units of 10^-12 USD; absent if the price is not known: with `usage` the run counts as unpriced then. */
  readonly costPico?: bigint | undefined;
  readonly sessionId?: string | undefined;
}

/** Counts the use of one revision between two flushes. Counting is a few additions; the first one after a flush reports the cell as changed. */
export class UsageCell {
  readonly key: AgentKey;
  readonly fingerprint: Fingerprint;
  readonly #onChange: (cell: UsageCell) => void;
  readonly #sessions = new Set<string>();
  #lastSession: string | undefined;
  #changed = false;
  #creations = 0;
  #reuses = 0;
  #runs = 0;
  #failedRuns = 0;
  #unpricedRuns = 0;
  #inputTokens = 0;
  #cachedInputTokens = 0;
  #outputTokens = 0;
  #reasoningTokens = 0;
  #costPico = 0n;

  constructor(key: AgentKey, fingerprint: Fingerprint, onChange: (cell: UsageCell) => void) {
    this.key = key;
    this.fingerprint = fingerprint;
    this.#onChange = onChange;
  }

  /** Resolutions since the last `drain`. */
  get undrained(): { readonly creations: number; readonly reuses: number } {
    return { creations: this.#creations, reuses: this.#reuses };
  }

  countReuse(sessionId: string | undefined): void {
    this.#reuses += 1;
    this.#touch(sessionId);
  }

  countCreation(sessionId: string | undefined): void {
    this.#creations += 1;
    this.#touch(sessionId);
  }

  countRun(run: RunRecord): void {
    this.#runs += 1;
    if (run.failed) this.#failedRuns += 1;
    if (run.usage !== undefined) {
      this.#inputTokens += run.usage.inputTokens;
      this.#cachedInputTokens += run.usage.cachedInputTokens;
      this.#outputTokens += run.usage.outputTokens;
      this.#reasoningTokens += run.usage.reasoningTokens;
    }
    if (run.costPico !== undefined) this.#costPico += run.costPico;
    else if (run.usage !== undefined) this.#unpricedRuns += 1;
    this.#touch(run.sessionId);
  }

  /** What was counted since the last call, and the sessions that were named; counting starts at zero again. */
  drain(lastUsedAt: number): { readonly delta: UsageDelta; readonly sessions: readonly string[] } {
    const delta: UsageDelta = {
      key: this.key,
      fingerprint: this.fingerprint,
      lastUsedAt,
      uses: this.#creations + this.#reuses,
      creations: this.#creations,
      reuses: this.#reuses,
      runs: this.#runs,
      failedRuns: this.#failedRuns,
      unpricedRuns: this.#unpricedRuns,
      inputTokens: this.#inputTokens,
      cachedInputTokens: this.#cachedInputTokens,
      outputTokens: this.#outputTokens,
      reasoningTokens: this.#reasoningTokens,
      costPico: this.#costPico,
    };
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    this.#lastSession = undefined;
    this.#changed = false;
    this.#creations = this.#reuses = this.#runs = this.#failedRuns = this.#unpricedRuns = 0;
    this.#inputTokens = this.#cachedInputTokens = this.#outputTokens = this.#reasoningTokens = 0;
    this.#costPico = 0n;
    return { delta, sessions };
  }

  #touch(sessionId: string | undefined): void {
    if (sessionId !== undefined && sessionId !== this.#lastSession) {
      this.#lastSession = sessionId;
      this.#sessions.add(sessionId);
    }
    if (this.#changed) return;
    this.#changed = true;
    this.#onChange(this);
  }
}
