import type { ProductionAgentManager } from "../../src/lifecycle/index.ts";
import type { MemoryRegistry, MemoryStore } from "../../src/registry/memory/index.ts";

/** The code under test: the product's own, or a copy with one deliberate breakage. */
export interface Subject {
  readonly ProductionAgentManager: typeof ProductionAgentManager;
  readonly MemoryRegistry: typeof MemoryRegistry;
  readonly MemoryStore: typeof MemoryStore;
}

/** Loads the manager and the registry; `query` tells a broken copy apart from the product. */
export async function loadSubject(query: string = ""): Promise<Subject> {
  const manager: unknown = await import(`../../src/lifecycle/index.ts${query}`);
  const registry: unknown = await import(`../../src/registry/memory/index.ts${query}`);
  const { ProductionAgentManager } = manager as Pick<Subject, "ProductionAgentManager">;
  const { MemoryRegistry, MemoryStore } = registry as Omit<Subject, "ProductionAgentManager">;
  return { ProductionAgentManager, MemoryRegistry, MemoryStore };
}
