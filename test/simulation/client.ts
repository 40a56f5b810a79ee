import { TenureError } from "../../src/errors/index.ts";
import type { ManagedAgent } from "../../src/manager/index.ts";
import type { VirtualProcess } from "./virtual-process.ts";

/** One thing that a caller does, after having thought. */
export interface Step {
  /** As the trace names it. */
  readonly call: string;
  readonly thinkMs: number;
  readonly run: (caller: Caller) => Promise<string>;
}

/** What a step knows of who takes it. */
export interface Caller {
  readonly process: VirtualProcess;
  /** The agent that it was given last. */
  last: ManagedAgent | undefined;
}

/** A caller in a process: one step after the other. */
export class Client implements Caller {
  readonly process: VirtualProcess;
  readonly #steps: Iterable<Step>;
  last: ManagedAgent | undefined;
  isDone = false;

  constructor(process: VirtualProcess, steps: Iterable<Step>) {
    this.process = process;
    this.#steps = steps;
  }

  begin(): void {
    // Nothing of a run is awaited but by the scheduler's steps.
    void this.#work();
  }

  async #work(): Promise<void> {
    const { world, manager } = this.process;
    for (const { call, thinkMs, run } of this.#steps) {
      if (thinkMs > 0) await manager.runtime.sleep(thinkMs);
      world.note(this.process, () => `calls ${call}`);
      try {
        const result = await run(this);
        world.note(this.process, () => `has ${result} from ${call}`);
      } catch (thrown) {
        const error = TenureError.from(thrown);
        world.note(this.process, () => `has ${error.code} from ${call}: ${error.message}`);
        world.promises.failed(this.process, call, error);
      }
    }
    this.isDone = true;
  }
}
