import type { AgentRegistry } from "../../src/registry/contract/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";

/** A registry at a path or a URL. */
export function openRegistry(place: string, schema: string | undefined): AgentRegistry {
  return place.startsWith("postgres://") ? new PostgresRegistry({ url: place, schema }) : new SqliteRegistry(place);
}
