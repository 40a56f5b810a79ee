import type { SqlDialect } from "../dialect.ts";
import type { Migration } from "./migration.ts";

/** Single runs, and how many of the counted ones had no price. */
export const runs004: Migration = {
  version: 4,
  statements: runTables,
};

function runTables(dialect: SqlDialect): string[] {
  const { text, integer, cost } = dialect.types;
  return [
    `ALTER TABLE ${dialect.table("usage")} ADD COLUMN unpriced_runs ${integer} NOT NULL DEFAULT 0`,
    `CREATE TABLE ${dialect.table("runs")} (
      location ${text} NOT NULL, scope ${text} NOT NULL, request_id ${text} NOT NULL, name ${text} NOT NULL,
      fingerprint ${text} NOT NULL, session_id ${text} NOT NULL, user_id ${text} NOT NULL, model ${text} NOT NULL,
      outcome ${text} NOT NULL, started_at ${integer} NOT NULL, input_tokens ${integer} NOT NULL,
      cached_input_tokens ${integer} NOT NULL, output_tokens ${integer} NOT NULL, reasoning_tokens ${integer} NOT NULL,
      cost_pico ${cost}, PRIMARY KEY (location, scope, request_id))`,
    `CREATE INDEX runs_by_start ON ${dialect.table("runs")} (location, scope, started_at, request_id)`,
    `CREATE INDEX runs_by_session ON ${dialect.table("runs")} (location, scope, name, session_id)`,
  ];
}
