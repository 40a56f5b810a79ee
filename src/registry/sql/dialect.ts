import type { SqlStatement } from "./work.ts";

/** Kinds of columns. `cost` holds whole numbers of at least 63 bits. */
export type ColumnKind = "text" | "integer" | "cost";

/** Where the engines differ. Everything else is the same SQL, with `$1` parameters, for all. */
export interface SqlDialect {
  /** The registry's clock as an expression: whole epoch milliseconds. */
  readonly now: string;
  /** Column types, for migrations. */
  readonly types: Readonly<Record<ColumnKind, string>>;
  /** Type of a key that counts by itself, never gives a number twice, and is the primary key. */
  readonly autoKey: string;
  /** What makes a SELECT hold its rows until the transaction ends; empty where a writer is alone anyway. */
  readonly forUpdate: string;
  /** Run before the first event of a transaction, so that events become visible in the order of their numbers. Absent where writers come one by one. */
  readonly eventOrder?: string | undefined;
  /** Statements that let one process at a time migrate, run in the transaction that migrates. */
  readonly migrationLock: readonly string[];
  /** Gives a row if the table `schema_version` exists. */
  readonly hasSchema: string;
  /** Makes what tables live in, if it is not there. */
  readonly createSchema: readonly string[];
  /** The qualified name of a table. */
  table(name: string): string;
  /** What stands behind FROM to read a JSON array of objects, given as a text parameter, as rows with these columns. */
  rowsOf(parameter: string, columns: Readonly<Record<string, ColumnKind>>): string;
  /** The statement, made to wake those who wait for the resource if it changed a row. It ends with RETURNING. */
  announcing(statement: SqlStatement, resource: string): SqlStatement;
}
