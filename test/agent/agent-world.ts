import { ProductionAgent, type ProductionAgentOptions, type RunEvent } from "../../src/agent/index.ts";
import type { EmulatorOptions, RequestLogEntry } from "../../src/emulator/index.ts";
import type { ManagerOptions, AgentManager } from "../../src/manager/index.ts";
import { openWorld, type World } from "../support/world.ts";

type AgentOptions = Partial<ProductionAgentOptions>;

/** An emulator, one manager on it, and agents of that manager. */
export class AgentWorld implements AsyncDisposable {
  readonly world: World;
  readonly manager: AgentManager;

  constructor(world: World, options: Partial<ManagerOptions>) {
    this.world = world;
    this.manager = world.manager(options);
  }

  get emulator(): World["emulator"] {
    return this.world.emulator;
  }

  agent(options: AgentOptions = {}): ProductionAgent {
    return new ProductionAgent({
      agentName: "analyst",
      instructions: "Be brief.",
      manager: this.manager,
      ...options,
    } as ProductionAgentOptions<undefined>);
  }

  /** Requests that fit, as `METHOD path-end`. */
  requests(method: string, path: RegExp): readonly RequestLogEntry[] {
    return this.emulator.requests().filter((request) => request.method === method && path.test(request.path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

export async function openAgentWorld(
  options: { readonly emulator?: EmulatorOptions; readonly manager?: Partial<ManagerOptions> } = {},
): Promise<AgentWorld> {
  return new AgentWorld(await openWorld(options.emulator), options.manager ?? {});
}

/** Every event of a stream. */
export async function collect(stream: AsyncIterable<RunEvent>): Promise<readonly RunEvent[]> {
  return Array.fromAsync(stream);
}

/** The events of one type. */
export function ofType<Type extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: Type,
): readonly Extract<RunEvent, { readonly type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { readonly type: Type }> => event.type === type);
}
