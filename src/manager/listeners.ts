import { tell } from "../errors/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { TenureEvent, UndatedEvent } from "./events.ts";

type Listener = (event: TenureEvent) => void;

/** Who hears what happens. What a listener throws, or its promise rejects with, is ignored. */
export class Listeners {
  readonly #runtime: Runtime;
  readonly #all = new Set<Listener>();

  constructor(runtime: Runtime, first: Listener | undefined) {
    this.#runtime = runtime;
    if (first !== undefined) this.#all.add(first);
  }

  /** The result ends it. */
  add(listener: Listener): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(event: UndatedEvent): void {
    const dated = { ...event, at: this.#runtime.now() };
    for (const listener of this.#all) tell(listener, dated);
  }
}
