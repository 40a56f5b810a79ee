import type { AgentRegistry } from "../registry/contract/index.ts";
import type { Runtime } from "../runtime/index.ts";

/** Whose registry is written, and whose clock says when. */
export interface QueueHost {
  readonly registry: AgentRegistry;
  readonly runtime: Runtime;
}

/** What a queue tells of itself. */
export interface QueueEvents {
  /** Nothing waits any more. */
  emptied(): void;
  /** So many entries will never be written. */
  dropped(count: number): void;
}

/** What waits to be written to one registry. */
export interface RegistryQueue {
  /** Writes all that waits. Rejects as the registry does; drops what waits for one that was closed. */
  flush(): Promise<void>;
}

/**
 * A queue for each registry, so that one that is closed or does not answer holds up nobody else's figures. A queue lives as long as its registry, and
 * is known here only while something waits in it.
 */
export class RegistryQueues<Queue extends RegistryQueue> {
  readonly #open: (host: QueueHost, events: QueueEvents) => Queue;
  readonly #queues = new WeakMap<AgentRegistry, Queue>();
  readonly #waiting = new Map<AgentRegistry, Queue>();
  #dropped = 0;

  constructor(open: (host: QueueHost, events: QueueEvents) => Queue) {
    this.#open = open;
  }

  /** Entries that were never written: their registry was closed before, or out of reach for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The queue to put something into. */
  of(host: QueueHost): Queue {
    const queue = this.#queues.get(host.registry) ?? this.#make(host);
    this.#waiting.set(host.registry, queue);
    return queue;
  }

  /** Writes what waits for one registry, or for all of them: each is tried, then the first failure rejects. */
  async flush(registry?: AgentRegistry): Promise<void> {
    const queues = [...this.#waiting].filter(([waiting]) => registry === undefined || waiting === registry);
    const ends = await Promise.allSettled(queues.map(([, queue]) => queue.flush()));
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  #make(host: QueueHost): Queue {
    const queue = this.#open(host, {
      emptied: () => void this.#waiting.delete(host.registry),
      dropped: (count) => {
        this.#dropped += count;
      },
    });
    this.#queues.set(host.registry, queue);
    return queue;
  }
}
