import assert from "node:assert/strict";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { TenureError, type TenureErrorCode } from "../../src/errors/index.ts";
import { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import type { ProductionAgentManagerOptions } from "../../src/lifecycle/options.ts";
import type { TenureEvent } from "../../src/manager/index.ts";
import { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { openWorld, type World } from "../support/world.ts";

/** An emulator, one registry, and the managers that a test opens on both; all closed together. */
export class LifecycleWorld implements AsyncDisposable {
  readonly world: World;
  readonly store: MemoryStore = new MemoryStore();
  readonly events: TenureEvent[] = [];
  readonly #managers: ProductionAgentManager[] = [];

  constructor(world: World) {
    this.world = world;
  }

  /** A manager as one more process has it: same registry, same service. */
  manager(options: Partial<ProductionAgentManagerOptions> = {}): ProductionAgentManager {
    const manager = new ProductionAgentManager({
      service: this.world.service(),
      registry: new MemoryRegistry({ store: this.store }),
      model: "gpt-4.1",
      settleMs: 50,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.#managers.push(manager);
    return manager;
  }

  /** A request as somebody else sends it: past Tenure, without its stamp. */
  async byHand(
    method: string,
    path: string,
    body?: Record<string, unknown>,
  ): Promise<{ status: number; body: unknown }> {
    const answer = await createWireCall(this.world.emulator)(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status}`);
    return { status: answer.status, body: answer.body };
  }

  /** The events of a kind, as they were told. */
  told<Type extends TenureEvent["type"]>(type: Type): Extract<TenureEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<TenureEvent, { type: Type }> => event.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#managers.map((manager) => manager.close()));
    await this.world[Symbol.asyncDispose]();
  }
}

export async function openLifecycle(options: EmulatorOptions = {}): Promise<LifecycleWorld> {
  return new LifecycleWorld(await openWorld(options));
}

/** Expects a `TenureError` of this code, and gives it. */
export async function rejectsWith(promise: Promise<unknown>, code: TenureErrorCode): Promise<TenureError> {
  const thrown: unknown = await promise.then(
    () => assert.fail(`expected a rejection with ${code}`),
    (reason: unknown) => reason,
  );
  assert.ok(thrown instanceof TenureError, String(thrown));
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

/** The configuration number n of one agent. */
export function variant(instructions: string): { agentName: string; instructions: string } {
  return { agentName: "market_analyst", instructions };
}
