import type { EmulatorOptions } from "../../../src/emulator/index.ts";
import type { ProductionAgentManagerOptions } from "../../../src/lifecycle/options.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import { MemoryRegistry, MemoryStore } from "../../../src/registry/memory/index.ts";
import { ManualRuntime } from "../../support/manual-runtime.ts";
import { type LifecycleWorld, openLifecycle } from "../lifecycle-world.ts";

export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** Short enough for a test that moves its time: `freshMs + timeoutMs + flushMs` is 3,000. */
const TIMES = { freshMs: 1_000, timeoutMs: 1_000, flushMs: 1_000, lateMs: 1_000 } as const;

/** An emulator, one registry whose clock the test moves, and managers that live by the same clock. */
export class RetentionWorld implements AsyncDisposable {
  readonly runtime: ManualRuntime = new ManualRuntime();
  readonly store: MemoryStore;
  readonly #lifecycle: LifecycleWorld;

  constructor(lifecycle: LifecycleWorld) {
    this.#lifecycle = lifecycle;
    this.store = new MemoryStore({ now: () => this.runtime.now() });
  }

  get lifecycle(): LifecycleWorld {
    return this.#lifecycle;
  }

  /** A manager as one more process has it. */
  manager(options: Partial<ProductionAgentManagerOptions> = {}): ProductionAgentManager {
    const { runtime, store } = this;
    return this.#lifecycle.manager({ registry: new MemoryRegistry({ store, runtime }), runtime, ...TIMES, ...options });
  }

  /** The versions of an agent in the service, newest first. */
  async versions(manager: ProductionAgentManager, serviceName: string): Promise<readonly string[]> {
    const revisions = await Array.fromAsync(manager.service.listRevisions({ serviceName }));
    return revisions.map(({ ref }) => ref.version ?? "");
  }

  /** Deletions that the service was asked for. */
  deletions(): number {
    return this.#lifecycle.world.emulator.requests().filter(({ method }) => method === "DELETE").length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifecycle[Symbol.asyncDispose]();
  }
}

export async function openRetention(behaviour: EmulatorOptions["behaviour"] = {}): Promise<RetentionWorld> {
  return new RetentionWorld(await openLifecycle({ http: true, behaviour }));
}
