import type { ManagedAgent, ManagerCore, ResolveOptions } from "../../manager/index.ts";
import type { AgentKey } from "../../registry/contract/index.ts";
import { followCurrent } from "./route-endpoint.ts";

/** Agents whose endpoint this process has looked at. Beyond that the oldest is looked at once more. */
const KEPT = 10_000;

/** Keeps the endpoints of the agents that this process resolves on their current revisions (option `pinEndpoint`). */
export class EndpointFollower {
  readonly isOn: boolean;
  readonly #looked = new Set<string>();

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  /** Looks at the endpoint when a revision was made or the agent is new to this process: whoever made the current one may have died before. */
  async follow(
    agent: ManagedAgent,
    open: () => Promise<{ readonly core: ManagerCore; readonly key: AgentKey }>,
    options: ResolveOptions,
  ): Promise<ManagedAgent> {
    const { agentName } = agent;
    if (agent.outcome === "reused" && this.#looked.has(agentName)) return agent;
    const { core, key } = await open();
    if (await followCurrent(core, key, { signal: options.signal })) this.#looked.add(agentName);
    const [oldest] = this.#looked;
    if (this.#looked.size > KEPT && oldest !== undefined) this.#looked.delete(oldest);
    return agent;
  }
}
