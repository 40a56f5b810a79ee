import { TenureError } from "../errors/index.ts";

/** What an option may be, and what it is when absent. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
}

/** The error for an option that is not what it must be: names field, expectation and value. */
export function wrongOption(name: string, expectation: string, value: unknown): TenureError {
  return new TenureError("invalid_option", `Expected \`${name}\` to be ${expectation}, got ${shown(value)}.`, {
    details: { option: name },
  });
}

/** Refuses members that nobody reads, so that a misspelt option is not silently ignored. */
export function refuseUnknown(of: string, options: object, known: ReadonlySet<string>): void {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new TenureError("invalid_option", `Unknown option \`${name}\` of ${of}.`, {
        hint: `Known options: ${[...known].sort().join(", ")}.`,
        details: { option: name },
      });
    }
  }
}

/** A whole number in its range; `undefined` stays. */
export function wholeNumber(name: string, value: unknown, rule: NumberRule): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= rule.min && value <= rule.max) return value;
  throw wrongOption(name, `a whole number from ${rule.min} to ${rule.max}`, value);
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

function shown(value: unknown): string {
  if (typeof value === "string")
    return `${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)} (string)`;
  if (typeof value === "object") return value === null ? "null" : Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "number" || typeof value === "boolean") return `${value} (${typeof value})`;
  return value === undefined ? "nothing" : `a ${typeof value}`;
}
