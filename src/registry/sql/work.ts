/** What statements take and give. Truth is 0 or 1; numbers that may pass 2^53 travel as text. */
export type SqlValue = string | number | null;

export interface SqlStatement {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlRow = Readonly<Record<string, SqlValue>>;

/**
 * Statements one after the other, as a generator: it yields a statement and is given its rows. One driver runs it in a single turn, another awaits
 * each answer; and either can run it anew from the start when the engine asks for that.
 */
export type SqlWork<Result> = Generator<SqlStatement, Result, readonly SqlRow[]>;

/** The rows of one statement. */
export function* rowsOf(text: string, values: readonly SqlValue[] = []): SqlWork<readonly SqlRow[]> {
  return yield { text, values };
}

/** The first row of one statement. */
export function* rowOf(text: string, values: readonly SqlValue[] = []): SqlWork<SqlRow | undefined> {
  const rows: readonly SqlRow[] = yield { text, values };
  return rows[0];
}
