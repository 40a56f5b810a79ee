/** What JSON can hold. Records of the emulator are made of nothing else, so that the state is one snapshot. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object. A member that is `undefined` is left out when written. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** True for a JSON object: not null, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How a wrong value is named in a message: `"text"`, `12 (number)`, `a list`. Long text is cut. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "number" || typeof value === "boolean") return `${value} (${typeof value})`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
