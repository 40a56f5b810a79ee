import { TenureError } from "../../errors/index.ts";

const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 3_600_000;

/** Refuses a time to live that the contract does not allow. */
export function assertLeaseTime(ttlMs: number): void {
  if (Number.isInteger(ttlMs) && ttlMs >= MIN_TTL_MS && ttlMs <= MAX_TTL_MS) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`ttlMs\` to be a whole number from ${MIN_TTL_MS} to ${MAX_TTL_MS}, got ${String(ttlMs)}.`,
  );
}
