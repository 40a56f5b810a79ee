import type { SqlDialect } from "../dialect.ts";

/** One step of the schema. Steps are only ever added: what was released is never changed. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number;
  readonly statements: (dialect: SqlDialect) => readonly string[];
}
