import { TenureError } from "../../errors/index.ts";
import type { AgentRegistry } from "../../registry/contract/index.ts";
import type { Timer } from "../../runtime/index.ts";
import type { QueueEvents, QueueHost, RegistryQueue } from "../registry-queues.ts";

/** What a reservation came to. The registry applies it once, so it may be repeated after an unknown outcome. */
export type Settlement = Parameters<AgentRegistry["budgets"]["settle"]>[0];

const RETRY_MS = 1000;

/**
 * Settlements that wait for one registry. One that is not taken is tried every second, for the run has its answer already. There are never more than
 * calls under way: while any waits, nothing new is reserved.
 */
export class Settlements implements RegistryQueue {
  readonly #host: QueueHost;
  readonly #events: QueueEvents;
  #waiting: Settlement[] = [];
  #timer: Timer | undefined;
  #flushes = 0;

  constructor(host: QueueHost, events: QueueEvents) {
    this.#host = host;
    this.#events = events;
  }

  /** Never rejects. */
  async add(settlement: Settlement): Promise<void> {
    this.#waiting.push(settlement);
    await this.flush().catch(() => this.#retryLater());
  }

  async flush(): Promise<void> {
    const taken = this.#waiting;
    this.#waiting = [];
    this.#flushes += 1;
    try {
      while (taken[0] !== undefined) {
        await this.#host.registry.budgets.settle(taken[0]);
        taken.shift();
      }
    } catch (thrown) {
      if (!(thrown instanceof TenureError && thrown.code === "closed")) throw thrown;
      this.#events.dropped(taken.splice(0).length);
    } finally {
      this.#waiting = [...taken, ...this.#waiting];
      this.#flushes -= 1;
      // What another flush has taken may come back.
      if (this.#waiting.length === 0 && this.#flushes === 0) this.#events.emptied();
    }
  }

  #retryLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#host.runtime.setTimer(RETRY_MS, () => {
      this.#timer = undefined;
      this.flush().catch(() => this.#retryLater());
    });
  }
}
