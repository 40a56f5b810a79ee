import { type FSWatcher, watch } from "node:fs";
import type { Runtime, Timer } from "../../runtime/index.ts";
import { type Listening, Waiters } from "../rules/index.ts";
import type { ChangeSource } from "../sql/index.ts";

/** Every commit writes to the file of the write-ahead log; whoever waits looks again then. */
export class FileChanges implements ChangeSource {
  readonly restMs = 6;
  /** Behind the watch, for file systems that tell nothing: 8 processes waiting for one create of 200 ms took 203.7 ms with a poll of 1 ms, 205.1 with 25. */
  readonly firstPollMs = 25;
  /** Whoever is woken by a write that was still under way has to look once more. */
  readonly toldPollMs = 4;
  readonly tellsReleases = false;
  readonly #waiters = new Waiters();
  readonly #path: string | undefined;
  readonly #runtime: Runtime;
  #watcher: FSWatcher | undefined;
  #told: Timer | undefined;
  #hasTold = false;

  /** `path`: the database file; `undefined` if nobody else can change it. */
  constructor(path: string | undefined, runtime: Runtime) {
    this.#path = path;
    this.#runtime = runtime;
  }

  /** A watch that has told something will tell the rest. */
  get maxPollMs(): number {
    return this.#hasTold ? 10 * this.firstPollMs : this.firstPollMs;
  }

  listen(resource: string): Listening {
    this.#watcher ??= this.#watch();
    return this.#waiters.listen(resource, this.#runtime);
  }

  wake(resource: string): void {
    this.#waiters.wake(resource);
  }

  close(): void {
    this.#told?.cancel();
    this.#told = undefined;
    this.#hasTold = false;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** A commit is several writes, and can be seen only after the last: whoever waits looks once, a moment later. */
  #onWrite(): void {
    this.#hasTold = true;
    this.#told ??= this.#runtime.setTimer(1, () => {
      this.#told = undefined;
      this.#waiters.wakeAll();
    });
  }

  #watch(): FSWatcher | undefined {
    if (this.#path === undefined) return undefined;
    try {
      const watcher = watch(`${this.#path}-wal`, { persistent: false }, () => this.#onWrite());
      // The poll goes on without the watch.
      return watcher.on("error", () => this.close());
    } catch {
      return undefined;
    }
  }
}
