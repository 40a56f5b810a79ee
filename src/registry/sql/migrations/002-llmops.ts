import type { SqlDialect } from "../dialect.ts";
import type { Migration } from "./migration.ts";

/** Budgets, meters and scores. */
export const llmops002: Migration = {
  version: 2,
  statements: llmopsTables,
};

function llmopsTables(dialect: SqlDialect): string[] {
  const { text, integer, cost } = dialect.types;
  return [
    `CREATE TABLE ${dialect.table("budgets")} (account ${text} PRIMARY KEY, used ${cost} NOT NULL, ends_at ${integer})`,
    `CREATE TABLE ${dialect.table("reservations")} (
      id ${text} PRIMARY KEY, state ${text} NOT NULL, expires_at ${integer} NOT NULL,
      holder_id ${text} NOT NULL, holder_host ${text} NOT NULL, holder_pid ${integer} NOT NULL)`,
    `CREATE INDEX reservations_by_end ON ${dialect.table("reservations")} (expires_at)`,
    `CREATE TABLE ${dialect.table("reserved")} (
      reservation_id ${text} NOT NULL REFERENCES ${dialect.table("reservations")} (id) ON DELETE CASCADE,
      account ${text} NOT NULL, amount ${cost} NOT NULL, PRIMARY KEY (account, reservation_id))`,
    `CREATE INDEX reserved_by_reservation ON ${dialect.table("reserved")} (reservation_id)`,
    `CREATE TABLE ${dialect.table("meters")} (
      location ${text} NOT NULL, scope ${text} NOT NULL, name ${text} NOT NULL, fingerprint ${text} NOT NULL,
      session_id ${text} NOT NULL, user_id ${text} NOT NULL, model ${text} NOT NULL, day ${text} NOT NULL,
      runs ${integer} NOT NULL, failed_runs ${integer} NOT NULL, unpriced_runs ${integer} NOT NULL,
      input_tokens ${integer} NOT NULL, cached_input_tokens ${integer} NOT NULL, output_tokens ${integer} NOT NULL,
      reasoning_tokens ${integer} NOT NULL, cost_pico ${cost} NOT NULL,
      PRIMARY KEY (location, scope, name, fingerprint, session_id, user_id, model, day))`,
    `CREATE INDEX meters_by_day ON ${dialect.table("meters")} (location, scope, day)`,
    `CREATE TABLE ${dialect.table("scores")} (
      location ${text} NOT NULL, scope ${text} NOT NULL, name ${text} NOT NULL, fingerprint ${text} NOT NULL,
      source ${text} NOT NULL, evaluator ${text} NOT NULL, count ${integer} NOT NULL, failed ${integer} NOT NULL,
      sum_micro ${cost} NOT NULL, square_micro ${cost} NOT NULL, min_micro ${integer} NOT NULL, max_micro ${integer} NOT NULL,
      PRIMARY KEY (location, scope, name, fingerprint, source, evaluator))`,
  ];
}
