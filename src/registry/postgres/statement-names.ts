import { hash } from "node:crypto";

/** As many statements as there are, and room for those that differ by what is filtered. More would fill the server's memory, once for every connection. */
const MAX_NAMES = 200;

/**
 * Names under which a connection of the server keeps statements that it has parsed and planned: half of what a short statement costs.
 *
 * They are state of the session, so none is given until `isReal` says that sessions are real, and none any more once the server did not know one: then
 * something behind the connection takes turns with sessions, or a newer release has changed the tables under a statement.
 */
export class StatementNames {
  readonly #isReal: () => boolean;
  readonly #names = new Map<string, string>();
  #isStopped = false;

  constructor(isReal: () => boolean) {
    this.#isReal = isReal;
  }

  /** The same for the same text in every process, so that whoever meets another's statement under it meets the same statement. */
  of(text: string): string | undefined {
    if (this.#isStopped || !this.#isReal()) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_NAMES) return known;
    const name = `tenure_${hash("sha256", text, "hex").slice(0, 32)}`;
    this.#names.set(text, name);
    return name;
  }

  /** From now on every statement is sent whole. */
  stop(): void {
    this.#isStopped = true;
  }
}
