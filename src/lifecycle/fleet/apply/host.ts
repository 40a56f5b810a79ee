import type { AgentRequest, Birth, ManagedAgent, ManagerCore, ResolveOptions } from "../../../manager/index.ts";

/** What applying a fleet needs of its manager. */
export interface FleetHost {
  readonly core: ManagerCore;
  /** The manager's `getOrCreateAgent`, and what the registry is told of an agent that it makes. */
  resolve(request: AgentRequest, options: ResolveOptions, birth: Birth): Promise<ManagedAgent>;
}
