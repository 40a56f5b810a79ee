import { readEnvironment } from "../config/index.ts";
import { PostgresRegistry } from "../registry/postgres/index.ts";
import { SqliteRegistry } from "../registry/sqlite/index.ts";
import type { AgentRegistry } from "../registry/contract/index.ts";
import { FoundryAgentService } from "../services/foundry/index.ts";
import type { ManagerOptions } from "./options.ts";
import type { AgentManager } from "./agent-manager.ts";

/** Where the registry is when `TENURE_REGISTRY` does not say. */
const DEFAULT_REGISTRY = ".tenure/registry.db";

const managers = new Map<string, AgentManager>();

/** The process's manager for what the environment says now, one per class; made by `create` the first time, and again after it was closed. */
export function createDefaultManager<Manager extends AgentManager>(
  kind: new (options: ManagerOptions) => Manager,
): Manager {
  const environment = readEnvironment();
  const id = JSON.stringify([
    kind.name,
    environment.endpoint,
    environment.model,
    environment.registry,
    environment.scope,
  ]);
  const known = managers.get(id);
  if (known instanceof kind && !known.isClosed) return known;
  const manager = new kind({
    service: new FoundryAgentService({ endpoint: environment.endpoint }),
    registry: openRegistry(environment.registry ?? DEFAULT_REGISTRY),
    ...(environment.scope === undefined ? {} : { scope: environment.scope }),
    model: environment.model,
  });
  managers.set(id, manager);
  return manager;
}

/** A `postgres://` URL or the path of a SQLite file. */
export function openRegistry(place: string): AgentRegistry {
  return /^postgres(ql)?:\/\//.test(place) ? new PostgresRegistry({ url: place }) : new SqliteRegistry(place);
}
