import { TenureError } from "../errors/index.ts";
import { unexpected } from "./expectation.ts";

/** What an option may be, and what it is when absent. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
}

/** The error for an option that is not what it must be: names field, expectation and value. */
export function wrongOption(name: string, expectation: string, value: unknown): TenureError {
  return unexpected(name, expectation, value, "invalid_option");
}

/** Refuses what is no object. */
export function assertObject(name: string, value: unknown): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongOption(name, "an object", value);
}

/** Refuses members that nobody reads, so that a misspelt option is not silently ignored. */
export function refuseUnknown(of: string, options: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new TenureError("invalid_option", `Unknown option \`${name}\` of \`${of}\`.`, {
        hint: `Known options: ${[...known].sort().join(", ")}.`,
        details: { field: name },
      });
    }
  }
}

/** A whole number in its range; `undefined` stays. */
export function wholeNumber(name: string, value: number, rule: NumberRule): number;
export function wholeNumber(name: string, value: unknown, rule: NumberRule): number | undefined;
export function wholeNumber(name: string, value: unknown, { min, max }: NumberRule): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrongOption(name, `a whole number from ${min} to ${max}`, value);
}

/** A number in its range; `undefined` stays. */
export function numberWithin(name: string, value: number, rule: NumberRule): number;
export function numberWithin(name: string, value: unknown, rule: NumberRule): number | undefined;
export function numberWithin(name: string, value: unknown, { min, max }: NumberRule): number | undefined {
  if (value === undefined || (typeof value === "number" && value >= min && value <= max)) return value;
  throw wrongOption(name, `a number from ${min} to ${max}`, value);
}

/** A text that is not blank; `undefined` stays. */
export function textOption(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value;
  throw wrongOption(name, "a text that is not empty", value);
}

/** `true` or `false`; `undefined` stays. */
export function booleanOption(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongOption(name, "true or false", value);
}

/** One of a few words; `undefined` stays. */
export function wordOption<Word extends string>(
  name: string,
  value: unknown,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined;
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw wrongOption(name, `one of ${words.map((word) => `"${word}"`).join(", ")}`, value);
}

/** The id of a session or user: 1 to 256 characters of whole Unicode, neither blank nor with control characters; `undefined` stays. */
export function idOption(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value === "string" &&
    value.length <= 256 &&
    value.trim() !== "" &&
    value.isWellFormed() &&
    !hasControl(value)
  )
    return value;
  throw wrongOption(name, "a text of 1 to 256 characters without control characters", value);
}

/** A function; `undefined` stays. */
export function functionOption(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") throw wrongOption(name, "a function", value);
}

/** An object with the named method; `undefined` stays. */
export function objectWith(name: string, value: unknown, method: string): void {
  if (value === undefined) return;
  const member: unknown = typeof value === "object" && value !== null ? Reflect.get(value, method) : undefined;
  if (typeof member !== "function") throw wrongOption(name, `an object with the method \`${method}\``, value);
}

/** An `AbortSignal`; `undefined` stays. */
export function signalOption(name: string, value: unknown): void {
  if (value !== undefined && !(value instanceof AbortSignal)) throw wrongOption(name, "an AbortSignal", value);
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
