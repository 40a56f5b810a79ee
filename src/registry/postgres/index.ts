import { systemRuntime } from "../../runtime/index.ts";
import { SqlRegistry } from "../sql/index.ts";
import { PostgresDriver } from "./driver.ts";
import type { PostgresRegistryOptions } from "./options.ts";

export type { PostgresClient, PostgresPool, PostgresPoolClient, PostgresQuery } from "./client.ts";
export type {
  PostgresCommonOptions,
  PostgresPoolOptions,
  PostgresRegistryOptions,
  PostgresUrlOptions,
} from "./options.ts";

/**
 * A registry in a PostgreSQL database (13 or newer), for any number of machines. Needs the package `pg`, which is loaded by the first call.
 *
 * `{ url }` opens connections and `close()` ends them; `{ pool }` borrows those of the caller. It works behind a proxy that pools transactions.
 * The first call makes the schema and its tables; a role that may only read and write the tables can use a registry that another has opened once.
 *
 * Rejects with `registry_unavailable` when the server is not there (a write that has no answer is repeated only where twice is the same as once),
 * `registry_busy`, `registry_full`, `registry_read_only`, `registry_schema_newer`, `package_missing`.
 */
export class PostgresRegistry extends SqlRegistry {
  constructor(options: PostgresRegistryOptions) {
    const runtime = options.runtime ?? systemRuntime;
    super(new PostgresDriver(options, runtime), runtime);
  }
}
