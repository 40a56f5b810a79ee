import type { BudgetWindow } from "../stages.ts";

/** A window at a moment: its name (part of the account) and its end. All in UTC. */
export interface WindowAt {
  readonly id: string;
  /** Epoch milliseconds; absent for `request` and `total`. */
  readonly endsAt: number | undefined;
}

/** `YYYY-MM-DD` in UTC. */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Which window `at` lies in. */
export function windowAt(window: BudgetWindow, at: number): WindowAt {
  if (window === "request" || window === "total") return { id: window, endsAt: undefined };
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  return window === "day"
    ? { id: utcDay(at), endsAt: Date.UTC(year, month, day + 1) }
    : { id: utcDay(at).slice(0, 7), endsAt: Date.UTC(year, month + 1, 1) };
}
