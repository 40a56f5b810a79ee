import type { AgentConfig } from "../../config/index.ts";
import type { ManagedAgent, ResolveOptions } from "../../manager/index.ts";
import type { AgentSettings } from "../agent-settings.ts";
import { untilAborted } from "./until-aborted.ts";

/** Of one run: how long it may still take. */
export interface SourceOptions extends ResolveOptions {
  readonly signal: AbortSignal;
}

/**
 * Where the runs of one `ProductionAgent` get their agent from: the shared one, asked for anew at each run (a known one costs no I/O), or with
 * `reuseAgent: false` one of its own, made once.
 */
export class AgentSource {
  readonly #settings: AgentSettings;
  /** The configuration with another model, for runs that a budget degraded. Kept, so that the manager knows them by identity. */
  readonly #degraded = new Map<string, AgentConfig>();
  readonly #ephemeral = new Map<string | undefined, Promise<ManagedAgent>>();

  constructor(settings: AgentSettings) {
    this.#settings = settings;
  }

  /** The agent, with `model` instead of its own if given. */
  resolve(model: string | undefined, options: SourceOptions): Promise<ManagedAgent> {
    const { manager, reuseAgent, policies } = this.#settings;
    const config = this.#configFor(model);
    if (reuseAgent) return manager.getOrCreateAgent(config, { ...options, ...policies });
    // Without the caller's signal: what was begun must be known here, so that `cleanup` finds it.
    return untilAborted(
      this.#own(model, () => manager.createEphemeralAgent(config, policies)),
      options.signal,
    );
  }

  /** The agent was not found at a run. */
  repair(agent: ManagedAgent, model: string | undefined, options: SourceOptions): Promise<ManagedAgent> {
    const { manager, reuseAgent, policies } = this.#settings;
    if (reuseAgent) return manager.repair(agent, { ...options, ...policies });
    this.#ephemeral.delete(model);
    return untilAborted(
      this.#own(model, () => manager.repair(agent, policies)),
      options.signal,
    );
  }

  /** The name of the agent of this object's own, if it was made. */
  async ownName(): Promise<string | undefined> {
    const made = this.#ephemeral.get(undefined);
    return made === undefined ? undefined : (await made).agentName;
  }

  /** Deletes the agents of this object's own. `false` if there was none. */
  async deleteOwn(): Promise<boolean> {
    const made = await Promise.allSettled(this.#ephemeral.values());
    this.#ephemeral.clear();
    let deleted = false;
    for (const result of made) {
      if (result.status === "fulfilled")
        deleted = (await this.#settings.manager.cleanupAgent(result.value.agentName)) || deleted;
    }
    return deleted;
  }

  /** Made once, also by overlapping runs; a failure is not kept. Later runs find it reused. */
  async #own(model: string | undefined, make: () => Promise<ManagedAgent>): Promise<ManagedAgent> {
    const known = this.#ephemeral.get(model);
    if (known !== undefined) return { ...(await known), outcome: "reused", reused: true };
    const made = make();
    this.#ephemeral.set(model, made);
    try {
      return await made;
    } catch (thrown) {
      if (this.#ephemeral.get(model) === made) this.#ephemeral.delete(model);
      throw thrown;
    }
  }

  #configFor(model: string | undefined): AgentConfig {
    if (model === undefined) return this.#settings.config;
    const known = this.#degraded.get(model);
    if (known !== undefined) return known;
    const config = Object.freeze({ ...this.#settings.config, model });
    this.#degraded.set(model, config);
    return config;
  }
}
