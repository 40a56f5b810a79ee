import { unexpected } from "./expectation.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `"30d"`, `"12h"`, `"15m"`, `"10s"`, `"500ms"`, or a number of milliseconds. */
export type Duration = `${number}${keyof typeof UNIT_MS}` | number;

/**
 * The milliseconds of a duration. Parsed once, at the edge; inside everything is `…Ms`.
 * Whole units only, 0 included. Throws `invalid_option`, naming the option.
 */
export function parseDuration(value: unknown, option: string): number {
  const ms = msOf(value);
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw unexpected(option, 'a duration like "30d", "12h", "15m", "10s" or "500ms"', value, "invalid_option");
}

function msOf(value: unknown): number | undefined {
  if (typeof value === "number") return value === 0 ? 0 : value;
  const parts = typeof value === "string" ? /^(?<count>\d+)(?<unit>ms|s|m|h|d)$/.exec(value)?.groups : undefined;
  const unit = parts?.["unit"];
  return isUnit(unit) ? Number(parts?.["count"]) * UNIT_MS[unit] : undefined;
}

function isUnit(unit: string | undefined): unit is keyof typeof UNIT_MS {
  return unit !== undefined && Object.hasOwn(UNIT_MS, unit);
}
