import { childPath } from "./expectation.ts";
import { canonicalText } from "./fingerprint.ts";
import { diffLines, type LineChange } from "./line-diff.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { isPlainObject } from "./plain-json.ts";

/** One place in which two definitions differ. */
export interface DefinitionChange {
  /** `instructions`, `tools[function:lookup].parameters.type`, … */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  /** Absent when added. */
  readonly before?: JsonValue;
  /** Absent when removed. */
  readonly after?: JsonValue;
}

/** How many characters of a value a line shows, and how many unchanged lines stand around changed ones. */
const SHOWN_CHARACTERS = 120;
const CONTEXT_LINES = 2;
/** A difference longer than this is cut: it stands in error messages. */
const MAX_LINES = 200;

/**
 * Where two definitions differ, in the order of the first, then what only the second has. Tools and other named lists are compared by name, not by place.
 * Members that are `undefined` are absent. Nothing if they are equal.
 */
export function diffDefinitions(before: JsonObject, after: JsonObject): readonly DefinitionChange[] {
  return changesOfObject(before, after, "");
}

/** The difference for a person: texts of several lines line by line, everything else one line per place. */
export function formatDiff(changes: readonly DefinitionChange[]): string {
  const lines = changes.flatMap(formatChange);
  if (lines.length <= MAX_LINES) return lines.join("\n");
  return [...lines.slice(0, MAX_LINES), `… ${lines.length - MAX_LINES} more lines`].join("\n");
}

function changesOf(before: JsonValue | undefined, after: JsonValue | undefined, path: string): DefinitionChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined && after !== undefined) return [{ path, kind: "added", after }];
  if (before !== undefined && after === undefined) return [{ path, kind: "removed", before }];
  if (before === undefined || after === undefined || isSame(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) return changesOfObject(before, after, path);
  if (isList(before) && isList(after)) return changesOfList(before, after, path);
  return [{ path, kind: "changed", before, after }];
}

function changesOfObject(before: JsonObject, after: JsonObject, path: string): DefinitionChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const member = (object: JsonObject, name: string): JsonValue | undefined =>
    Object.hasOwn(object, name) ? object[name] : undefined;
  return [...names].flatMap((name) => changesOf(member(before, name), member(after, name), childPath(path, name)));
}

/** Items are matched by what they are called: the third tool of one list is the first of another. */
function changesOfList(before: readonly JsonValue[], after: readonly JsonValue[], path: string): DefinitionChange[] {
  const left = byKey(before);
  const right = byKey(after);
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => changesOf(left.get(key), right.get(key), `${path}[${key}]`));
}

function byKey(items: readonly JsonValue[]): ReadonlyMap<string, JsonValue> {
  const keyed = new Map<string, JsonValue>();
  for (const [index, item] of items.entries()) {
    const name = nameOf(item) ?? String(index);
    let key = name;
    for (let twin = 2; keyed.has(key); twin += 1) key = `${name}#${twin}`;
    keyed.set(key, item);
  }
  return keyed;
}

function nameOf(item: JsonValue): string | undefined {
  if (!isJsonObject(item) || typeof item["type"] !== "string") return undefined;
  const name = item["name"] ?? item["server_label"];
  return typeof name === "string" ? `${item["type"]}:${name}` : item["type"];
}

function formatChange(change: DefinitionChange): string[] {
  const { path, before, after } = change;
  if (before === undefined) return [`+ ${path}: ${shownJson(after)}`];
  if (after === undefined) return [`- ${path}: ${shownJson(before)}`];
  if (typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n")) {
    return [`~ ${path}:`, ...formatLines(diffLines(before, after))];
  }
  return [`~ ${path}: ${shownJson(before)} -> ${shownJson(after)}`];
}

const SIGN = { added: "+", removed: "-", same: " " } as const;

function formatLines(lines: readonly LineChange[]): string[] {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap(({ kind, text }, index) => {
    if (isNear[index] === true) return [`    ${SIGN[kind]} ${cut(text)}`];
    return isNear[index - 1] === false ? [] : ["    …"];
  });
}

function shownJson(value: JsonValue | undefined): string {
  return cut(JSON.stringify(value) ?? "undefined");
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}

function isSame(before: JsonValue, after: JsonValue): boolean {
  return before === after || (typeof before === typeof after && canonicalText(before) === canonicalText(after));
}

function isJsonObject(value: JsonValue): value is JsonObject {
  return isPlainObject(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
