import { TenureError } from "../errors/index.ts";

/** The value if it is a whole number within the range; else rejects with `invalid_option`, naming `option`. */
export function wholeNumber(
  option: string,
  value: unknown,
  range: { readonly least: number; readonly most: number },
): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= range.least && value <= range.most) return value;
  throw invalidOption(option, `a whole number from ${range.least} to ${range.most}`, value);
}

/** The value if it is a number within the range; else rejects with `invalid_option`, naming `option`. */
export function numberWithin(
  option: string,
  value: unknown,
  range: { readonly least: number; readonly most: number },
): number {
  if (typeof value === "number" && value >= range.least && value <= range.most) return value;
  throw invalidOption(option, `a number from ${range.least} to ${range.most}`, value);
}

/** `Expected \`a.b\` to be …, got …`. */
export function invalidOption(option: string, expected: string, value: unknown): TenureError {
  return new TenureError("invalid_option", `Expected \`${option}\` to be ${expected}, got ${show(value)}.`);
}

/** What was passed, for a message: short, with its type where that is the trouble. */
export function show(value: unknown): string {
  if (typeof value === "string")
    return `${value.length > 60 ? `${JSON.stringify(value).slice(0, 57)}...` : JSON.stringify(value)} (string)`;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean")
    return `${String(value)} (${typeof value})`;
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
