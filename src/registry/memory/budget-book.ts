import type { BudgetEntry, ProcessIdentity } from "../contract/index.ts";

/** One counter. */
export interface BudgetAccount {
  used: bigint;
  endsAt: number | null;
}

/** A reservation, remembered for a while after its end. */
export interface BudgetReservation {
  readonly id: string;
  readonly holder: ProcessIdentity;
  readonly expiresAt: number;
  readonly entries: readonly BudgetEntry[];
  state: "open" | "settled" | "released";
}

/** The accounts and reservations of a `MemoryStore`. */
export class BudgetBook {
  readonly accounts: Map<string, BudgetAccount> = new Map();
  readonly reservations: Map<string, BudgetReservation> = new Map();
}
