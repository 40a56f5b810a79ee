import { abortedError, throwIfAborted } from "../../src/errors/index.ts";
import type { ProductionAgentManager } from "../../src/lifecycle/index.ts";
import type { Runtime } from "../../src/runtime/index.ts";
import { Orders } from "./orders.ts";
import { Actor } from "./scheduler.ts";
import { simulatedRegistry } from "./simulated-registry.ts";
import { SimulatedService } from "./simulated-service.ts";
import { EPOCH, type World } from "./world.ts";

/** One process: a manager with its own clock, its own connection to the registry and its own connection to the service. */
export class VirtualProcess extends Actor {
  readonly scope: string;
  readonly world: World;
  readonly manager: ProductionAgentManager;
  /** What its wall clock shows beyond the registry's. */
  clockOffset = 0;
  readonly orders = new Orders();
  /** Whether it was ever held up. */
  hasStalled = false;
  #ids = 0;

  constructor(world: World, name: string, scope: string) {
    super(name);
    this.world = world;
    this.scope = scope;
    const runtime = this.#runtime();
    const { ProductionAgentManager: Manager } = world.subject;
    this.manager = new Manager({
      service: new SimulatedService(this),
      registry: simulatedRegistry(this, runtime),
      scope,
      model: "m",
      runtime,
      ...world.settings.options,
    });
    world.promises.processStarted(this);
  }

  crash(): void {
    this.world.note(this, () => "CRASHES");
    this.world.scheduler.kill(this);
    this.world.promises.processCrashed(this);
  }

  #runtime(): Runtime {
    const { scheduler, choices } = this.world;
    return {
      // As every real one, the wall clock shows whole milliseconds.
      now: () => Math.floor(EPOCH + scheduler.now + this.clockOffset),
      monotonic: () => scheduler.now,
      sleep: (ms, options) => this.#sleep(ms, options?.signal),
      setTimer: (ms, callback) => scheduler.setTimer(this, ms, callback),
      random: () => choices.choose(4) / 4,
      newId: () => `${this.name}-${(this.#ids += 1)}`,
    };
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      const onAbort = (): void => {
        timer.cancel();
        if (signal !== undefined) reject(abortedError(signal));
      };
      const timer = this.world.scheduler.setTimer(this, ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
