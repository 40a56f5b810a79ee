import type { OpenReservation } from "../../registry/contract/index.ts";
import type { StageHost } from "../stages.ts";

/** How long a process that was seen alive is taken to be so: a full budget is asked for often. */
const TRUST_MS = 500;
const MAX_KNOWN = 10_000;

/** Gives back what processes hold that are known to be dead. Without such knowledge their reservations run out by themselves. */
export class DeadHolders {
  readonly #aliveUntil = new Map<string, number>();

  /** Whether anything was given back. */
  async release(host: StageHost, accounts: readonly string[]): Promise<boolean> {
    const { budgets } = host.registry;
    const suspects = (await budgets.listOpen({ accounts })).filter(({ holder }) => this.#isSuspect(host, holder.id));
    const dead = await this.#findDead(host, suspects);
    const theirs = suspects.filter(({ holder }) => dead.has(holder.id));
    for (const { reservationId } of theirs) await budgets.release({ reservationId });
    return theirs.length > 0;
  }

  #isSuspect(host: StageHost, holderId: string): boolean {
    return holderId !== host.process.id && (this.#aliveUntil.get(holderId) ?? 0) <= host.runtime.now();
  }

  async #findDead(host: StageHost, open: readonly OpenReservation[]): Promise<ReadonlySet<string>> {
    const dead = new Set<string>();
    for (const holder of new Map(open.map(({ holder }) => [holder.id, holder])).values()) {
      if (await host.registry.processes.isDead({ process: holder })) dead.add(holder.id);
      else this.#trust(holder.id, host.runtime.now() + TRUST_MS);
    }
    return dead;
  }

  #trust(holderId: string, until: number): void {
    if (this.#aliveUntil.size >= MAX_KNOWN) this.#aliveUntil.clear();
    this.#aliveUntil.set(holderId, until);
  }
}
