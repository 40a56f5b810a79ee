import type { AgentRequest, ManagedAgent, ManagerCore, ResolveOptions } from "../../../manager/index.ts";

/** What applying a fleet needs of its manager. */
export interface FleetHost {
  readonly core: ManagerCore;
  /** The manager's `getOrCreateAgent`. */
  resolve(request: AgentRequest, options: ResolveOptions): Promise<ManagedAgent>;
}
