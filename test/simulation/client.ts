import { TenureError } from "../../src/errors/index.ts";
import type { ManagedAgent } from "../../src/manager/index.ts";
import { agentName, type Configuration, configuration } from "./configurations.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** One thing that a caller does, after having thought. */
export interface Action {
  readonly kind: "get" | "cleanup" | "recover" | "recover-deeply" | "repair" | "statistics";
  readonly agent: number;
  readonly configuration: number;
  readonly thinkMs: number;
}

const KINDS = ["get", "cleanup", "recover", "recover-deeply", "repair", "statistics"] as const;

export function chooseActions(world: World): readonly Action[] {
  const { choices, settings } = world;
  return Array.from({ length: 1 + choices.choose(3) }, () => ({
    kind: KINDS[choices.weighted([14, 1.5, 1.5, 0.5, 1, 0.5])] ?? "get",
    agent: choices.choose(settings.agents),
    configuration: choices.choose(settings.configurations),
    thinkMs: choices.oneOf([0, 50, 1_000, 10_000]),
  }));
}

/** A caller in a process: one action after the other. */
export class Client {
  readonly process: VirtualProcess;
  readonly #actions: readonly Action[];
  #last: ManagedAgent | undefined;
  isDone = false;

  constructor(process: VirtualProcess, actions: readonly Action[]) {
    this.process = process;
    this.#actions = actions;
  }

  begin(): void {
    // Nothing of a run is awaited but by the scheduler's steps.
    void this.#work();
  }

  async #work(): Promise<void> {
    const { world, manager } = this.process;
    for (const action of this.#actions) {
      if (action.thinkMs > 0) await manager.runtime.sleep(action.thinkMs);
      const call = `${action.kind} ${agentName(action.agent)} with configuration ${action.configuration}`;
      world.note(this.process, () => `calls ${call}`);
      try {
        const result = await this.#act(action);
        world.note(this.process, () => `has ${result} from ${call}`);
      } catch (thrown) {
        const error = TenureError.from(thrown);
        world.note(this.process, () => `has ${error.code} from ${call}: ${error.message}`);
        world.promises.failed(this.process, call, error);
      }
    }
    this.isDone = true;
  }

  async #act(action: Action): Promise<string> {
    const { manager } = this.process;
    const wanted = configuration(action.agent, action.configuration);
    switch (action.kind) {
      case "get":
        return this.#get(wanted);
      case "cleanup":
        return this.#cleanup(wanted.normal.agentName);
      case "recover":
      case "recover-deeply": {
        const { adopted, duplicatesRemoved, missing, busy, failed } = await manager.recover({
          deep: action.kind === "recover-deeply",
        });
        for (const failure of failed)
          this.process.world.promises.failed(this.process, `recovery of ${failure.agentName}`, failure.error);
        return JSON.stringify({ adopted, duplicatesRemoved, missing, busy, failed: failed.length });
      }
      case "repair":
        return this.#repair();
      case "statistics":
        return String((await manager.getAgentStats()).totalAgents);
    }
  }

  async #get(wanted: Configuration): Promise<string> {
    const { process } = this;
    const agent = await process.manager.getOrCreateAgent(wanted.request);
    process.world.promises.usage.given(process, agent.agentName, agent.fingerprint);
    process.world.promises.answered(process, wanted, agent);
    this.#last = agent;
    return `${agent.remote.id} (${agent.outcome})`;
  }

  async #cleanup(agentName: string): Promise<string> {
    const { process } = this;
    const before = process.world.promises.ours(process, agentName);
    const isDeleted = await process.cleanup(agentName);
    process.world.promises.cleanedUp(process, { agentName, before, isDeleted });
    return String(isDeleted);
  }

  async #repair(): Promise<string> {
    if (this.#last === undefined) return "nothing to repair";
    const agent = await this.process.manager.repair(this.#last);
    this.#last = agent;
    return `${agent.remote.id} (${agent.outcome})`;
  }
}
