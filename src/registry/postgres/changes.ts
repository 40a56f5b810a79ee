import type { Runtime } from "../../runtime/index.ts";
import { type Listening, Waiters } from "../rules/index.ts";
import type { ChangeSource } from "../sql/index.ts";
import { topicOf } from "./dialect.ts";

/** Wake-ups by NOTIFY where they are heard, and by looking again where not. */
export class NoticeChanges implements ChangeSource {
  readonly tellsReleases = true;
  readonly restMs = 0;
  readonly #waiters = new Waiters();
  readonly #runtime: Runtime;
  readonly #isHearing: () => boolean;
  readonly #start: () => void;

  /** `start`: begins to hear, for the first who waits. */
  constructor(runtime: Runtime, isHearing: () => boolean, start: () => void) {
    this.#runtime = runtime;
    this.#isHearing = isHearing;
    this.#start = start;
  }

  get firstPollMs(): number {
    return this.#isHearing() ? 250 : 5;
  }

  get toldPollMs(): number {
    return this.firstPollMs;
  }

  get maxPollMs(): number {
    return this.#isHearing() ? 1000 : 50;
  }

  listen(resource: string): Listening {
    this.#start();
    return this.#waiters.listen(topicOf(resource), this.#runtime);
  }

  wake(resource: string): void {
    this.#waiters.wake(topicOf(resource));
  }

  /** A notification came; `undefined`: some may have been missed. */
  onNotice(topic: string | undefined): void {
    if (topic === undefined) this.#waiters.wakeAll();
    else this.#waiters.wake(topic);
  }
}
