import type { Migration } from "./migration.ts";

/** Names that stand for revisions. */
export const aliases003: Migration = {
  version: 3,
  statements: (dialect) => [
    `CREATE TABLE ${dialect.table("aliases")} (
      agent_id ${dialect.types.integer} NOT NULL REFERENCES ${dialect.table("agents")} (id) ON DELETE CASCADE,
      alias ${dialect.types.text} NOT NULL, fingerprint ${dialect.types.text} NOT NULL,
      moved_at ${dialect.types.integer} NOT NULL, moves ${dialect.types.integer} NOT NULL, PRIMARY KEY (agent_id, alias))`,
  ],
};
