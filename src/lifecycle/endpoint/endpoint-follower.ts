import type { ManagedAgent, ManagerCore, ResolveOptions } from "../../manager/index.ts";
import { keyOf } from "../under-lease.ts";
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

  /** Whether the endpoint has to be looked at: a revision was made, or the agent is new to this process, and whoever made the current one may have died before. */
  mustLook({ agentName, outcome }: ManagedAgent): boolean {
    return this.isOn && (outcome !== "reused" || !this.#looked.has(agentName));
  }

  /** Looks, and points the endpoint to the current revision. */
  async follow(core: ManagerCore, agent: ManagedAgent, options: ResolveOptions): Promise<ManagedAgent> {
    const { agentName } = agent;
    if (await followCurrent(core, keyOf(core, agentName), { signal: options.signal })) this.#looked.add(agentName);
    const [oldest] = this.#looked;
    if (this.#looked.size > KEPT && oldest !== undefined) this.#looked.delete(oldest);
    return agent;
  }
}
