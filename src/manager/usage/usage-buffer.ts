import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { AgentKey, SessionTouch, UsageDelta } from "../../registry/contract/index.ts";
import type { Timer } from "../../runtime/index.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import { UsageCell } from "./usage-cell.ts";

interface Batch {
  readonly sequence: number;
  readonly deltas: readonly UsageDelta[];
  readonly sessions: readonly SessionTouch[];
}

/** Most deltas of one batch: a flush stays one short statement. */
const BATCH_SIZE = 1_000;

/**
 * Collects counted use and writes it in batches, at the latest `flushMs` after the first count. A batch whose writing failed is kept as it is and tried
 * again under the same number, so that it counts once whatever the outcome of the lost try was.
 */
export class UsageBuffer {
  readonly #context: ProtocolContext;
  readonly #changed = new Set<UsageCell>();
  readonly #batches: Batch[] = [];
  #sequence = 0;
  #creations = 0;
  #reuses = 0;
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;
  #isStopped = false;

  constructor(context: ProtocolContext) {
    this.#context = context;
  }

  /** A counter for one revision. Two cells of one revision are fine: their deltas add up. */
  cell(key: AgentKey, fingerprint: Fingerprint): UsageCell {
    return new UsageCell(key, fingerprint, (cell) => {
      this.#changed.add(cell);
      this.#flushLater();
    });
  }

  /** Resolutions of this process since its start. Added up when asked, so that counting one costs nothing more. */
  get resolutions(): { readonly creations: number; readonly reuses: number } {
    let creations = this.#creations;
    let reuses = this.#reuses;
    for (const { undrained } of this.#changed) {
      creations += undrained.creations;
      reuses += undrained.reuses;
    }
    return { creations, reuses };
  }

  /** Writes everything counted so far. Rejects with the registry's error; what could not be written is kept. */
  async flush(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing.catch(() => undefined);
    if (this.#changed.size === 0 && this.#batches.length === 0) return;
    this.#flushing = this.#write();
    try {
      await this.#flushing;
    } finally {
      this.#flushing = undefined;
    }
  }

  /** Ends the timer for good. What is still counted afterwards is written by `flush` only. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #flushLater(): void {
    if (this.#isStopped) return;
    const { runtime, flushMs } = this.#context.options;
    this.#timer ??= runtime.setTimer(flushMs, () => {
      this.#timer = undefined;
      this.flush().catch((thrown: unknown) => {
        this.#context.emit({ type: "usage.delayed", message: TenureError.from(thrown).message });
        this.#flushLater();
      });
    });
  }

  async #write(): Promise<void> {
    const { options, process } = this.#context;
    this.#drain();
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      await options.registry.usage.add({ processId: process.id, ...batch });
      this.#batches.shift();
    }
  }

  #drain(): void {
    const now = this.#context.options.runtime.now();
    const cells = [...this.#changed];
    this.#changed.clear();
    for (let start = 0; start < cells.length; start += BATCH_SIZE) {
      const deltas: UsageDelta[] = [];
      const sessions: SessionTouch[] = [];
      for (const cell of cells.slice(start, start + BATCH_SIZE)) {
        const drained = cell.drain(now);
        deltas.push(drained.delta);
        this.#creations += drained.delta.creations;
        this.#reuses += drained.delta.reuses;
        for (const sessionId of drained.sessions) {
          sessions.push({ key: cell.key, sessionId, fingerprint: cell.fingerprint, lastUsedAt: now });
        }
      }
      this.#sequence += 1;
      this.#batches.push({ sequence: this.#sequence, deltas, sessions });
    }
  }
}
