import { childPath, unexpected } from "./expectation.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Deeper JSON is refused: no service takes it, and every reader of it would recurse as deep. */
const MAX_DEPTH = 100;

/**
 * A deeply frozen copy of a plain JSON object. Members that are `undefined` are left out, `-0` becomes `0`; nothing else is changed.
 *
 * Throws `invalid_config`, naming the place, for what JSON cannot say or another language would read differently: functions, class instances, cycles,
 * bigint, `NaN`, infinities, list items that are `undefined`, unpaired surrogates in texts and names.
 */
export function copyJsonObject(value: unknown, path: string): JsonObject {
  if (!isPlainObject(value)) throw unexpected(path, "a plain JSON object", value);
  return copyObject(value, path, []);
}

/** An object literal, or one from `JSON.parse` or another realm: no class instance, no list. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The text, if every surrogate in it has its partner: RFC 8785 knows no other text. */
export function wholeText(text: string, path: string): string {
  if (text.isWellFormed()) return text;
  throw unexpected(path, "whole Unicode text (it has an unpaired surrogate)", text);
}

function copyValue(value: unknown, path: string, above: readonly object[]): JsonValue {
  if (typeof value === "string") return wholeText(value, path);
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw unexpected(path, "a finite number", value);
    return value === 0 ? 0 : value;
  }
  if (Array.isArray(value)) return copyList(value, path, above);
  if (isPlainObject(value)) return copyObject(value, path, above);
  throw unexpected(path, "plain JSON", value);
}

function copyList(list: readonly unknown[], path: string, above: readonly object[]): readonly JsonValue[] {
  const line = descend(list, path, above);
  return Object.freeze(Array.from(list, (item, index) => copyValue(item, childPath(path, index), line)));
}

function copyObject(object: Record<string, unknown>, path: string, above: readonly object[]): JsonObject {
  const line = descend(object, path, above);
  const members: [string, JsonValue][] = [];
  for (const [name, member] of Object.entries(object)) {
    if (member === undefined) continue;
    wholeText(name, `${path} member name`);
    members.push([name, copyValue(member, childPath(path, name), line)]);
  }
  // Not by assignment: a member called `__proto__` is a member like any other.
  return Object.freeze(Object.fromEntries(members));
}

function descend(value: object, path: string, above: readonly object[]): readonly object[] {
  if (above.includes(value)) throw unexpected(path, "plain JSON without cycles", value);
  if (above.length >= MAX_DEPTH) throw unexpected(path.slice(0, 80), `nested at most ${MAX_DEPTH} deep`, value);
  return [...above, value];
}
