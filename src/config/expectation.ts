import { TenureError, type TenureErrorCode } from "../errors/index.ts";

/** How much of a text an error shows: enough to recognise it, never a whole prompt. */
const SHOWN_CHARACTERS = 40;

/** The error for a value that is not what it must be: names field, expectation and value. The field's path is in `details.field`. */
export function unexpected(
  field: string,
  expectation: string,
  value: unknown,
  code: TenureErrorCode = "invalid_config",
): TenureError {
  return new TenureError(code, `Expected \`${field}\` to be ${expectation}, got ${shown(value)}`, {
    details: { field },
  });
}

/** What reading the caller's value threw: a getter or a proxy of theirs may throw anything. What was refused stays what it is. */
export function unreadable(field: string, thrown: unknown): TenureError {
  if (thrown instanceof TenureError) return thrown;
  const { message } = TenureError.from(thrown);
  return new TenureError("invalid_config", `Expected \`${field}\` to be readable, but reading it threw: ${message}`, {
    cause: thrown,
    details: { field },
  });
}

/** A value as an error shows it: short, on one line. */
export function shown(value: unknown): string {
  if (typeof value === "string") return shownText(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  const maker: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof maker === "string" && maker !== "" && maker !== "Object" ? `an object (${maker})` : "an object";
}

function shownText(text: string): string {
  if (text.length <= SHOWN_CHARACTERS) return JSON.stringify(text);
  // A cut in the middle of an astral character would leave half of it.
  const start = text.slice(0, SHOWN_CHARACTERS).replace(/[\uD800-\uDBFF]$/, "");
  return `${JSON.stringify(start)}… (${text.length} characters)`;
}

/** `tools[2].parameters`, `definition["a b"]`: how errors and differences name a place. */
export function childPath(parent: string, member: string | number): string {
  if (typeof member === "number") return `${parent}[${member}]`;
  const isPlain = /^[A-Za-z_$][\w$-]*$/.test(member);
  if (parent === "") return isPlain ? member : `[${JSON.stringify(member)}]`;
  return isPlain ? `${parent}.${member}` : `${parent}[${JSON.stringify(member)}]`;
}
