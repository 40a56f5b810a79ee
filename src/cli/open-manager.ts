import type { ProductionAgentManager } from "../lifecycle/production-agent-manager.ts";

/** The manager that the environment and the global options describe. Whoever calls closes it; nothing is opened before it is used. */
export async function openManager(): Promise<ProductionAgentManager> {
  const { ProductionAgentManager } = await import("../lifecycle/production-agent-manager.ts");
  return ProductionAgentManager.default();
}
