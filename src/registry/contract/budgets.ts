import type { ProcessIdentity } from "./records.ts";

/** What one reservation takes from one account. */
export interface BudgetEntry {
  /** Name of the counter: scope, subject, window and unit in one escaped string, made by the budget stage. */
  readonly account: string;
  /** Tokens, or 10^-12 of the currency. Not negative, below 2^63. */
  readonly amount: bigint;
  /** The account may not pass this; `null`: it is only counted. */
  readonly limit: bigint | null;
  /** End of the account's window, epoch milliseconds; `null` for one that never starts anew. */
  readonly endsAt: number | null;
}

/** An account, right after the call that returned it. */
export interface BudgetBalance {
  readonly account: string;
  /** Settled. */
  readonly used: bigint;
  /** Of open reservations that have not run out. */
  readonly reserved: bigint;
}

export type ReserveResult =
  | { readonly outcome: "reserved"; readonly balances: readonly BudgetBalance[] }
  /** Nothing was reserved in any account. `exceeded`: the accounts whose limit would be passed. */
  | { readonly outcome: "refused"; readonly balances: readonly BudgetBalance[]; readonly exceeded: readonly string[] };

/** A reservation that was neither settled nor released and has not run out. */
export interface OpenReservation {
  readonly reservationId: string;
  readonly holder: ProcessIdentity;
  /** By the registry's clock, epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * Money and tokens that are promised before they are spent. Every method is one transaction, and those that touch an account come one after the
 * other: `used + reserved` passes no limit, whatever number of processes share the registry. Time is the registry's own.
 */
export interface BudgetStore {
  /**
   * Takes from all accounts or from none. The same `reservationId` again, while it is open, changes nothing and is told `reserved`.
   * Unknown accounts begin at 0. Each account may be named once.
   */
  reserve(params: {
    readonly reservationId: string;
    readonly holder: ProcessIdentity;
    /** 1 to 86,400,000. The reservation is given back by itself after this time. */
    readonly ttlMs: number;
    readonly entries: readonly BudgetEntry[];
  }): Promise<ReserveResult>;
  /**
   * Ends the reservation and adds what was really used, also when it had run out. Amounts may differ from what was reserved. Applied once: a second
   * call with the same id changes nothing, for at least an hour after the reservation would have run out.
   */
  settle(params: {
    readonly reservationId: string;
    readonly entries: readonly { readonly account: string; readonly amount: bigint; readonly endsAt: number | null }[];
  }): Promise<void>;
  /** Ends the reservation without use. Nothing happens if it is not open. */
  release(params: { readonly reservationId: string }): Promise<void>;
  /** In the order asked; an unknown account is 0. */
  get(params: { readonly accounts: readonly string[] }): Promise<readonly BudgetBalance[]>;
  /** What is open in these accounts, by reservation id. */
  listOpen(params: { readonly accounts: readonly string[] }): Promise<readonly OpenReservation[]>;
  /** Forgets accounts whose window ended before `endedBefore`, and reservations that ended an hour ago. Returns how many accounts. */
  delete(params: { readonly endedBefore: number }): Promise<number>;
}
