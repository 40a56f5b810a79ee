import type { TenureEvent } from "../../manager/events.ts";
import type { LifecycleSource } from "./lifecycle-source.ts";

/** How a resolution ended. */
export type EnsureOutcome = "created" | "updated" | "adopted" | "reused" | "failed";

export const ENSURE_OUTCOMES: readonly EnsureOutcome[] = ["created", "updated", "adopted", "reused", "failed"];

const OUTCOMES: Readonly<Record<string, EnsureOutcome>> = {
  "agent.created": "created",
  "agent.updated": "updated",
  "agent.adopted": "adopted",
  "agent.reused": "reused",
  "agent.failed": "failed",
};

/** The outcome that an event of a resolution tells; `undefined` for every other event. */
export function outcomeOf(event: TenureEvent): EnsureOutcome | undefined {
  return OUTCOMES[event.type];
}

/** What has happened in one manager, as plain numbers that metrics read when they are collected. */
export class LifecycleCounts {
  readonly #source: LifecycleSource;
  readonly #outcomes: Record<EnsureOutcome, number> = { created: 0, updated: 0, adopted: 0, reused: 0, failed: 0 };
  readonly #events = new Map<string, number>();

  constructor(source: LifecycleSource) {
    this.#source = source;
  }

  add(event: TenureEvent): void {
    const outcome = outcomeOf(event);
    if (outcome !== undefined) this.#outcomes[outcome] += 1;
    this.#events.set(event.type, (this.#events.get(event.type) ?? 0) + 1);
  }

  /** Resolutions by outcome. Adopting changes nothing in the service and counts as reuse there, so it is taken out of the reuses here. */
  outcomes(): Readonly<Record<EnsureOutcome, number>> {
    const counted = this.#source.resolutionCounts?.();
    if (counted === undefined) return { ...this.#outcomes };
    return { ...this.#outcomes, reused: Math.max(this.#outcomes.reused, counted.reuses - this.#outcomes.adopted) };
  }

  /** Events by type. */
  events(): ReadonlyMap<string, number> {
    return this.#events;
  }

  /** Part of the successful resolutions that needed no change in the service; `undefined` before the first. */
  reuseRatio(): number | undefined {
    const { created, updated, adopted, reused } = this.outcomes();
    const all = created + updated + adopted + reused;
    return all === 0 ? undefined : (reused + adopted) / all;
  }
}
