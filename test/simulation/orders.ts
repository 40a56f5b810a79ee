/** What a caller may order about an agent by its name. Only such an order lets a process touch what it otherwise must leave alone. */
export type OrderKind = "cleanup" | "release" | "adopt" | "transfer" | "revert";

/** The orders that one process was given: those under way, and whether there ever was one. */
export class Orders {
  readonly #open: string[] = [];
  readonly #given = new Set<string>();

  async run<Result>(kind: OrderKind, agentName: string, work: () => Promise<Result>): Promise<Result> {
    const order = `${kind} ${agentName}`;
    this.#given.add(order);
    this.#open.push(order);
    try {
      return await work();
    } finally {
      this.#open.splice(this.#open.indexOf(order), 1);
    }
  }

  isOpen(kind: OrderKind, agentName: string): boolean {
    return this.#open.includes(`${kind} ${agentName}`);
  }

  wasGiven(kind: OrderKind, agentName: string): boolean {
    return this.#given.has(`${kind} ${agentName}`);
  }
}
