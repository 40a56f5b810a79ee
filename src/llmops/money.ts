import { TenureError } from "../errors/index.ts";
import { PICO_PER_UNIT } from "../registry/contract/index.ts";
import { shown } from "../config/expectation.ts";

const PICO_DIGITS = 12;
const DECIMAL = /^(\d{1,15})(?:\.(\d{1,18}))?$/;

/** A decimal number as people write prices: `"2.50"`, or a number that prints without exponent. Not negative. */
export type Decimal = string | number;

/** An exact decimal: `digits` times ten to the power of minus `scale`. */
export interface ExactDecimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Rejects with `invalid_option`, naming `option`, what is not a plain decimal number from 0 up. */
export function parseDecimal(option: string, value: unknown): ExactDecimal {
  const match = typeof value === "number" || typeof value === "string" ? DECIMAL.exec(String(value).trim()) : null;
  if (match === null) {
    throw new TenureError(
      "invalid_option",
      `Expected \`${option}\` to be a decimal number from 0 up, got ${shown(value)}.`,
    );
  }
  const fraction = match[2] ?? "";
  return { digits: BigInt(`${match[1]}${fraction}`), scale: fraction.length };
}

/** `value` in 10^-12, rounded half up beyond the twelfth decimal. */
export function toPico(value: ExactDecimal): bigint {
  return multiply(PICO_PER_UNIT, value);
}

/** `amount` times `factor`, rounded half up. */
export function multiply(amount: bigint, factor: ExactDecimal): bigint {
  return divideHalfUp(amount * factor.digits, 10n ** BigInt(factor.scale));
}

/** For amounts that are not negative. */
export function divideHalfUp(amount: bigint, divisor: bigint): bigint {
  return (amount * 2n + divisor) / (divisor * 2n);
}

/**
 * A price that a library computed in floating point, as pico. A double holds 15 to 17 digits, so for one call (below 1,000 units) this gives the
 * exact decimal price that was meant; what is summed afterwards are integers.
 */
export function picoFromNumber(value: number): bigint {
  return BigInt(value.toFixed(PICO_DIGITS).replace(".", ""));
}

/** The exact amount with at least two decimals and no zeros beyond: `0.0054`, `12.00`. */
export function formatPico(pico: bigint): string {
  const sign = pico < 0n ? "-" : "";
  const digits = (pico < 0n ? -pico : pico).toString().padStart(PICO_DIGITS + 1, "0");
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, "").padEnd(2, "0");
  return `${sign}${digits.slice(0, -PICO_DIGITS)}.${fraction}`;
}
