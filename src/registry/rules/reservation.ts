import { TenureError } from "../../errors/index.ts";
import type { BudgetEntry } from "../contract/index.ts";

/** How long an ended reservation is remembered, so that a repeated settlement is not counted twice. */
export const RESERVATION_MEMORY_MS = 3_600_000;

const MAX_TTL_MS = 86_400_000;
const MAX_AMOUNT = 2n ** 63n - 1n;

/** Refuses what the contract of `BudgetStore.reserve` does not allow. */
export function assertReservation(params: { readonly ttlMs: number; readonly entries: readonly BudgetEntry[] }): void {
  const { ttlMs, entries } = params;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw new TenureError(
      "invalid_option",
      `Expected \`ttlMs\` to be a whole number from 1 to ${MAX_TTL_MS}, got ${String(ttlMs)}.`,
    );
  }
  if (new Set(entries.map(({ account }) => account)).size !== entries.length) {
    throw new TenureError("invalid_option", "Expected each account to be named once in a reservation.");
  }
  for (const { amount } of entries) assertAmount(amount);
}

/** Refuses an amount that is negative or that a registry cannot hold. */
export function assertAmount(amount: bigint): void {
  if (amount >= 0n && amount <= MAX_AMOUNT) return;
  throw new TenureError(
    "invalid_option",
    `Expected the amount of a reservation to be from 0 to ${MAX_AMOUNT}, got ${amount}.`,
  );
}
