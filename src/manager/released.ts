import type { AgentKey, AgentRegistry } from "../registry/contract/index.ts";

/**
 * Where the registry keeps that an agent was released: the service's stamps cannot be taken away, so without this note recovery would find the agent
 * again, and cleanup would take it for an orphan.
 */
export function releasedKey(key: AgentKey): AgentKey {
  return { ...key, location: `released:${key.location}` };
}

/** Where the registry keeps what is to be moved while an agent goes to another scope, under the old owner's name. */
export function movingKey(key: AgentKey): AgentKey {
  return { ...key, location: `moving:${key.location}` };
}

/**
 * Whether the agent was released or given away, and not taken back since. Whoever acts on our stamp without a record asks this first: an agent that is
 * half moved has old versions that only its transfer may deal with.
 */
export async function isReleased(registry: AgentRegistry, key: AgentKey): Promise<boolean> {
  if ((await registry.agents.get({ key: releasedKey(key) })) !== undefined) return true;
  return (await registry.agents.get({ key: movingKey(key) }))?.settings["whole"] === true;
}
