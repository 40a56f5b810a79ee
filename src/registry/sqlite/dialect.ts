import type { ColumnKind, SqlDialect, SqlStatement } from "../sql/index.ts";

/** Not a clock of its own: the machine's, read by SQLite in milliseconds. Rounded, because seconds are a floating-point number here. */
const MACHINE_CLOCK = "CAST(round(unixepoch('subsec') * 1000) AS INTEGER)";

/** SQLite from 3.42 on. Numbers that may pass 2^53 are read as text. */
export class SqliteDialect implements SqlDialect {
  readonly types: Readonly<Record<ColumnKind, string>> = { text: "TEXT", integer: "INTEGER", cost: "INTEGER" };
  // AUTOINCREMENT: without it the number of a deleted last row is given again.
  readonly autoKey = "INTEGER PRIMARY KEY AUTOINCREMENT";
  readonly forUpdate = "";
  readonly migrationLock: readonly string[] = [];
  readonly hasSchema = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'";
  readonly createSchema: readonly string[] = [];
  readonly #clock: (() => number) | undefined;

  constructor(clock: (() => number) | undefined) {
    this.#clock = clock;
  }

  get now(): string {
    return this.#clock === undefined ? MACHINE_CLOCK : String(Math.trunc(this.#clock()));
  }

  table(name: string): string {
    return name;
  }

  rowsOf(parameter: string, columns: Readonly<Record<string, ColumnKind>>): string {
    const members = Object.entries(columns).map(([name, kind]) => {
      const member = `value ->> '${name}'`;
      return `${kind === "cost" ? `CAST(${member} AS INTEGER)` : member} AS ${name}`;
    });
    return `(SELECT ${members.join(", ")} FROM json_each(${parameter}))`;
  }

  announcing(statement: SqlStatement): SqlStatement {
    return statement;
  }
}
