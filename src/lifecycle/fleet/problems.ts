import { TenureError } from "../../errors/index.ts";
import type { Place } from "./source/located.ts";

/** One thing that is wrong in a fleet file. */
export interface FleetProblem extends Place {
  readonly message: string;
  /** The field that was probably meant. */
  readonly didYouMean?: string | undefined;
}

/** Problems that an error shows; all are in its details. */
const SHOWN = 20;

/** Collects what is wrong, so that one look at the file tells everything. */
export class Problems {
  readonly #list: FleetProblem[] = [];

  add(place: Place, message: string, more: { readonly didYouMean?: string | undefined } = {}): void {
    const { file, line, column } = place;
    const isKnown = this.#list.some(
      (other) => other.message === message && other.line === line && other.column === column,
    );
    if (!isKnown) this.#list.push({ file, line, column, message, ...more });
  }

  /** Whether something at the place was told already: what `defaults` says wrong would come again with every agent. */
  has({ file, line, column }: Place): boolean {
    return this.#list.some((other) => other.file === file && other.line === line && other.column === column);
  }

  get count(): number {
    return this.#list.length;
  }

  /** Throws `fleet_invalid` with every problem, if there are any. */
  throwIfAny(): void {
    if (this.#list.length === 0) return;
    const problems = this.#list.toSorted(
      (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
    );
    const lines = problems.slice(0, SHOWN).map(describe);
    if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
    throw new TenureError("fleet_invalid", lines.join("\n"), { details: { problems } });
  }
}

function describe({ file, line, column, message }: FleetProblem): string {
  return `${file}:${line}:${column}: ${message}`;
}
