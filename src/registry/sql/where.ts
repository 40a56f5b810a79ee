import type { SqlValue } from "./work.ts";

/** Conditions that are joined by AND, and the parameters of a statement, numbered as they come. */
export class Where {
  readonly #conditions: string[] = [];
  readonly values: SqlValue[] = [];

  /** The next parameter: `$1`, `$2` … */
  value(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** `condition` is given the names of its parameters. */
  add(values: readonly SqlValue[], condition: (...parameters: string[]) => string): void {
    this.#conditions.push(condition(...values.map((value) => this.value(value))));
  }

  /** `expression` equals the value, unless that is undefined. */
  equals(expression: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.add([value], (parameter) => `${expression} = ${parameter}`);
  }

  /** `expression` is one of the values, unless they are undefined. */
  isOneOf(expression: string, values: readonly string[] | undefined): void {
    if (values === undefined) return;
    if (values.length === 0) this.#conditions.push("1 = 0");
    else this.add(values, (...parameters) => `${expression} IN (${parameters.join(", ")})`);
  }

  /** Rows behind the key, in the ascending order of the columns, unless the key is undefined. */
  isBehind(columns: readonly string[], key: readonly SqlValue[] | undefined): void {
    if (key === undefined) return;
    this.add(key, (...parameters) => `(${columns.join(", ")}) > (${parameters.join(", ")})`);
  }

  /** Rows before the key in the ascending order of the columns, unless the key is undefined: the next ones of a descending listing. */
  isBefore(columns: readonly string[], key: readonly SqlValue[] | undefined): void {
    if (key === undefined) return;
    this.add(key, (...parameters) => `(${columns.join(", ")}) < (${parameters.join(", ")})`);
  }

  toString(): string {
    return `WHERE ${this.#conditions.join(" AND ")}`;
  }
}
