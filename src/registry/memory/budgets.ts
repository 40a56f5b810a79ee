import type {
  BudgetBalance,
  BudgetEntry,
  BudgetStore,
  OpenReservation,
  ProcessIdentity,
  ReserveResult,
} from "../contract/index.ts";
import { assertAmount, assertReservation, compareText, RESERVATION_MEMORY_MS } from "../rules/index.ts";
import type { BudgetAccount, BudgetBook, BudgetReservation } from "./budget-book.ts";
import type { MemoryConnection } from "./connection.ts";

/** Budgets in memory. */
export class MemoryBudgetStore implements BudgetStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  reserve(params: {
    readonly reservationId: string;
    readonly holder: ProcessIdentity;
    readonly ttlMs: number;
    readonly entries: readonly BudgetEntry[];
  }): Promise<ReserveResult> {
    return this.#connection.run(() => {
      assertReservation(params);
      const { reservationId, holder, ttlMs, entries } = params;
      const accounts = entries.map(({ account }) => account);
      if (this.#book.reservations.get(reservationId)?.state === "open") {
        return { outcome: "reserved", balances: this.#balances(accounts) };
      }
      const before = this.#balances(accounts);
      const exceeded = entries.filter(
        ({ amount, limit }, index) => limit !== null && total(before[index]) + amount > limit,
      );
      if (exceeded.length > 0)
        return { outcome: "refused", balances: before, exceeded: exceeded.map(({ account }) => account) };
      for (const entry of entries) this.#open(entry.account, entry.endsAt);
      const expiresAt = this.#connection.now() + ttlMs;
      this.#book.reservations.set(reservationId, {
        id: reservationId,
        holder,
        expiresAt,
        entries: [...entries],
        state: "open",
      });
      return { outcome: "reserved", balances: this.#balances(accounts) };
    });
  }

  settle(params: {
    readonly reservationId: string;
    readonly entries: readonly { readonly account: string; readonly amount: bigint; readonly endsAt: number | null }[];
  }): Promise<void> {
    return this.#connection.run(() => {
      for (const { amount } of params.entries) assertAmount(amount);
      const reservation = this.#book.reservations.get(params.reservationId);
      if (reservation?.state === "settled") return;
      if (reservation === undefined) this.#rememberSettled(params.reservationId);
      else reservation.state = "settled";
      for (const { account, amount, endsAt } of params.entries) this.#open(account, endsAt).used += amount;
    });
  }

  release(params: { readonly reservationId: string }): Promise<void> {
    return this.#connection.run(() => {
      const reservation = this.#book.reservations.get(params.reservationId);
      if (reservation?.state === "open") reservation.state = "released";
    });
  }

  get(params: { readonly accounts: readonly string[] }): Promise<readonly BudgetBalance[]> {
    return this.#connection.run(() => this.#balances(params.accounts));
  }

  listOpen(params: { readonly accounts: readonly string[] }): Promise<readonly OpenReservation[]> {
    return this.#connection.run(() => {
      const wanted = new Set(params.accounts);
      return this.#live()
        .filter(({ entries }) => entries.some(({ account }) => wanted.has(account)))
        .map(({ id, holder, expiresAt }) => ({ reservationId: id, holder, expiresAt }))
        .sort((left, right) => compareText(left.reservationId, right.reservationId));
    });
  }

  delete(params: { readonly endedBefore: number }): Promise<number> {
    return this.#connection.run(() => {
      const { accounts, reservations } = this.#book;
      const forgetBefore = this.#connection.now() - RESERVATION_MEMORY_MS;
      for (const [id, { expiresAt }] of reservations) if (expiresAt < forgetBefore) reservations.delete(id);
      let deleted = 0;
      for (const [account, { endsAt }] of accounts) {
        if (endsAt !== null && endsAt < params.endedBefore && accounts.delete(account)) deleted += 1;
      }
      return deleted;
    });
  }

  get #book(): BudgetBook {
    return this.#connection.store.budgets;
  }

  /** One that was not known is remembered too, so that a repeated settlement counts once. */
  #rememberSettled(id: string): void {
    const holder = { id: "", host: "", pid: 0 };
    this.#book.reservations.set(id, { id, holder, expiresAt: this.#connection.now(), entries: [], state: "settled" });
  }

  #open(account: string, endsAt: number | null): BudgetAccount {
    let record = this.#book.accounts.get(account);
    if (record === undefined) {
      record = { used: 0n, endsAt };
      this.#book.accounts.set(account, record);
    }
    return record;
  }

  #live(): readonly BudgetReservation[] {
    const now = this.#connection.now();
    return [...this.#book.reservations.values()].filter(({ state, expiresAt }) => state === "open" && expiresAt > now);
  }

  #balances(accounts: readonly string[]): readonly BudgetBalance[] {
    const live = this.#live().flatMap(({ entries }) => entries);
    return accounts.map((account) => ({
      account,
      used: this.#book.accounts.get(account)?.used ?? 0n,
      reserved: live.filter((entry) => entry.account === account).reduce((sum, { amount }) => sum + amount, 0n),
    }));
  }
}

function total(balance: BudgetBalance | undefined): bigint {
  return balance === undefined ? 0n : balance.used + balance.reserved;
}
