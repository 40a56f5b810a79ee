import { TenureError } from "../errors/index.ts";
import type { Runtime, Timer } from "../runtime/index.ts";
import type { QueueEvents, RegistryQueue } from "./registry-queues.ts";

/** One write of a batch. The registry applies a (`writerId`, `sequence`) once, so it may be repeated after an unknown outcome. */
export interface Batch<Delta> {
  readonly writerId: string;
  readonly sequence: number;
  readonly deltas: readonly Delta[];
}

export interface BatchWriterOptions<Delta> {
  readonly runtime: Runtime;
  /** Most time between an `add` and its write, in milliseconds. */
  readonly flushMs: number;
  /** Entries that may wait; what comes beyond is dropped. */
  readonly maxEntries: number;
  readonly events: QueueEvents;
  /** Deltas of one key are added up before they are written. */
  keyOf(delta: Delta): string;
  merge(left: Delta, right: Delta): Delta;
  write(batch: Batch<Delta>): Promise<void>;
}

const BATCH_SIZE = 1000;

/**
 * Adds up deltas in memory and writes them in numbered batches, each exactly once: a batch whose write failed keeps its number and goes first.
 * A hard kill loses at most `flushMs` of deltas; `flush()` leaves none.
 */
export class BatchWriter<Delta> implements RegistryQueue {
  readonly #options: BatchWriterOptions<Delta>;
  readonly #writerId: string;
  #waiting = new Map<string, Delta>();
  #batch: Batch<Delta> | undefined;
  #sequence = 0;
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: BatchWriterOptions<Delta>) {
    this.#options = options;
    this.#writerId = options.runtime.newId();
  }

  add(delta: Delta): void {
    const key = this.#options.keyOf(delta);
    const known = this.#waiting.get(key);
    if (known === undefined && this.#waiting.size >= this.#options.maxEntries) {
      this.#options.events.dropped(1);
      return;
    }
    this.#waiting.set(key, known === undefined ? delta : this.#options.merge(known, delta));
    this.#arm();
  }

  /** Writes everything that was added before the call. Rejects as the registry does; nothing is lost by that, unless it was closed. */
  async flush(): Promise<void> {
    // A flush under way may have taken its last batch before the caller's delta came: then one more is needed.
    while (this.#flushing !== undefined) await this.#flushing;
    this.#flushing = this.#writeAll()
      .catch((thrown: unknown) => this.#drop(thrown))
      .finally(() => {
        this.#flushing = undefined;
      });
    await this.#flushing;
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#options.runtime.setTimer(this.#options.flushMs, () => {
      this.#timer = undefined;
      // The batch is kept and its number too; the next timer tries again.
      this.flush().catch(() => this.#arm());
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#batch !== undefined || this.#waiting.size > 0) {
      this.#batch ??= this.#takeBatch();
      await this.#options.write(this.#batch);
      this.#batch = undefined;
    }
    this.#ended();
  }

  /** A registry that was closed takes nothing any more: what waits for it would wait for ever. */
  #drop(thrown: unknown): void {
    if (!(thrown instanceof TenureError && thrown.code === "closed")) throw thrown;
    this.#options.events.dropped((this.#batch?.deltas.length ?? 0) + this.#waiting.size);
    this.#batch = undefined;
    this.#waiting.clear();
    this.#ended();
  }

  #ended(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#options.events.emptied();
  }

  #takeBatch(): Batch<Delta> {
    const keys = [...this.#waiting.keys()].slice(0, BATCH_SIZE);
    const deltas: Delta[] = [];
    for (const key of keys) {
      const delta = this.#waiting.get(key);
      if (delta !== undefined) deltas.push(delta);
      this.#waiting.delete(key);
    }
    this.#sequence += 1;
    return { writerId: this.#writerId, sequence: this.#sequence, deltas };
  }
}
