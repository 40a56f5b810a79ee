import type { AgentRegistry, RunEntry } from "../../registry/contract/index.ts";
import { BatchWriter, type BatchWriterOptions } from "../batch-writer.ts";
import { type QueueHost, RegistryQueues } from "../registry-queues.ts";

export interface RunLogOptions {
  /** How long a run is kept, in milliseconds; 0: none is. */
  readonly keepMs: number;
  readonly flushMs: number;
}

const MAX_ENTRIES = 20_000;
const TIDY_MS = 3_600_000;

/** Keeps single runs in the registry of each, for some time. */
export class RunLog {
  readonly #keepMs: number;
  readonly #queues: RegistryQueues<BatchWriter<RunEntry>>;
  /** By registry, when old runs of a scope are to be looked for again. */
  readonly #tidyAt = new WeakMap<AgentRegistry, Map<string, number>>();

  constructor({ keepMs, flushMs }: RunLogOptions) {
    this.#keepMs = keepMs;
    this.#queues = new RegistryQueues(({ registry, runtime }, events) => {
      const write: BatchWriterOptions<RunEntry>["write"] = ({ deltas }) => registry.runs.add({ runs: deltas });
      return new BatchWriter({
        runtime,
        events,
        flushMs,
        maxEntries: MAX_ENTRIES,
        keyOf,
        merge: (_, last) => last,
        write,
      });
    });
  }

  /** Runs that were never written: their registry was closed before, or out of reach for too long. */
  get dropped(): number {
    return this.#queues.dropped;
  }

  add(host: QueueHost, run: RunEntry): void {
    if (this.#keepMs === 0) return;
    this.#queues.of(host).add(run);
    this.#tidy(host, run);
  }

  flush(registry?: AgentRegistry): Promise<void> {
    return this.#queues.flush(registry);
  }

  #tidy({ registry, runtime }: QueueHost, { key: { location, scope } }: RunEntry): void {
    const now = runtime.now();
    const places = this.#tidyAt.get(registry) ?? new Map<string, number>();
    this.#tidyAt.set(registry, places);
    const place = JSON.stringify([location, scope]);
    if (now < (places.get(place) ?? 0)) return;
    places.set(place, now + TIDY_MS);
    registry.runs.delete({ location, scope, before: now - this.#keepMs }).catch(() => {
      // Housekeeping fails no run: it is due again in an hour, here or in another process.
    });
  }
}

function keyOf({ key, requestId }: RunEntry): string {
  return JSON.stringify([key.location, key.scope, requestId]);
}
