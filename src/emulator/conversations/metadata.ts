import { invalidPayload } from "../errors.ts";
import { describeValue, isJsonObject } from "../json.ts";

const MAXIMUM_PAIRS = 16;
const MAXIMUM_KEY_LENGTH = 64;
const MAXIMUM_VALUE_LENGTH = 512;

/** Metadata of a conversation or a response; `null` and absence are none. Throws a `ServiceError` 400 beyond the service's limits. */
export function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) {
    throw invalidPayload("metadata", `Expected an object of strings, got ${describeValue(value)}.`);
  }
  const pairs = Object.entries(value);
  if (pairs.length > MAXIMUM_PAIRS) {
    throw invalidPayload("metadata", `Expected at most ${MAXIMUM_PAIRS} pairs, got ${pairs.length}.`);
  }
  return Object.fromEntries(pairs.map(([key, member]) => [key, readPair(key, member)]));
}

function readPair(key: string, value: unknown): string {
  const param = `metadata.${key}`;
  if (key.length > MAXIMUM_KEY_LENGTH) {
    throw invalidPayload("metadata", `Expected keys of at most ${MAXIMUM_KEY_LENGTH} characters, got ${key.length}.`);
  }
  if (typeof value !== "string") throw invalidPayload(param, `Expected a string, got ${describeValue(value)}.`);
  if (value.length > MAXIMUM_VALUE_LENGTH) {
    throw invalidPayload(param, `Expected at most ${MAXIMUM_VALUE_LENGTH} characters, got ${value.length}.`);
  }
  return value;
}
