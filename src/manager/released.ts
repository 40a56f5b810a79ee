import type { AgentKey, AgentRegistry } from "../registry/contract/index.ts";

/**
 * Where the registry keeps that an agent was released: the service's stamps cannot be taken away, so without this note recovery would find the agent
 * again, and cleanup would take it for an orphan.
 */
export function releasedKey(key: AgentKey): AgentKey {
  return { ...key, location: `released:${key.location}` };
}

/** Whether the agent was released and not taken back since. Whoever acts on our stamp without a record asks this first. */
export async function isReleased(registry: AgentRegistry, key: AgentKey): Promise<boolean> {
  return (await registry.agents.get({ key: releasedKey(key) })) !== undefined;
}
