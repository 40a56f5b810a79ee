import { isPlainObject } from "./plain-json.ts";

/** The member of a request that says for whom the agent is wanted, not which: comparisons pass over it. */
const IGNORED = "sessionId";
/** What is nested deeper is never the same as anything; configurations that deep are refused anyway. */
const MAX_DEPTH = 128;

type NodeKind = "object" | "list" | "identity" | "never";

/** One object or list of a snapshot: names and values side by side, so that a comparison needs no look-up when the order is the same. */
class Node {
  readonly kind: NodeKind;
  readonly names: readonly string[];
  /** Primitives and functions as they are, everything else as a `Node`. One that is kept by identity is the only value. */
  readonly values: readonly unknown[];

  constructor(kind: NodeKind, names: readonly string[], values: readonly unknown[]) {
    this.kind = kind;
    this.names = names;
    this.values = values;
  }
}

/** What a request looked like when `snapshotOf` read it. Immutable. */
export type Snapshot = Node;

/**
 * What the request looks like now, to be compared with later. Functions, class instances and Standard Schemas (handlers, schemas) are kept by identity:
 * they are taken to be immutable. Everything else is copied. `sessionId` is left out.
 */
export function snapshotOf(request: object): Snapshot {
  return objectNode(request, 0, IGNORED);
}

/**
 * Whether the request still, or also, looks like the snapshot: the same own enumerable members in whatever order (a member that is `undefined` is none),
 * lists in order, primitives by value (`-0` is `0`, `NaN` is `NaN`), the rest by identity. `sessionId` does not count. Allocates nothing.
 */
export function sameAsSnapshot(request: object, snapshot: Snapshot): boolean {
  return sameMembers(request, snapshot, IGNORED, isPlainObject(request));
}

/**
 * Whether nobody can change what the value says: frozen plain objects and lists down to primitives, without accessors. What a snapshot keeps by identity
 * counts as frozen.
 */
export function isDeeplyFrozen(value: unknown): boolean {
  return isFrozenObject(value, 0, true);
}

function nodeOf(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return new Node("never", [], []);
  if (Array.isArray(value)) {
    return new Node(
      "list",
      [],
      Array.from(value, (item: unknown) => nodeOf(item, depth + 1)),
    );
  }
  return isByIdentity(value) ? new Node("identity", [], [value]) : objectNode(value, depth, undefined);
}

function objectNode(object: object, depth: number, ignored: string | undefined): Node {
  const members = Object.entries(object).filter(([name, value]) => value !== undefined && name !== ignored);
  return new Node(
    "object",
    members.map(([name]) => name),
    members.map(([, value]) => nodeOf(value, depth + 1)),
  );
}

/** Schemas of some libraries are plain objects that make a new `~standard` at every look. */
function isByIdentity(value: object): boolean {
  return !isPlainObject(value) || "~standard" in value;
}

function sameValue(value: unknown, copy: unknown): boolean {
  if (value === copy) return true;
  if (typeof value !== "object" || value === null) return Number.isNaN(value) && Number.isNaN(copy);
  if (!(copy instanceof Node)) return false;
  if (copy.kind === "object") return isPlainObject(value) && sameMembers(value, copy, undefined, true);
  if (copy.kind === "list") return Array.isArray(value) && sameList(value, copy.values);
  return copy.kind === "identity" && value === copy.values[0];
}

function sameList(list: readonly unknown[], copies: readonly unknown[]): boolean {
  const { length } = list;
  if (length !== copies.length) return false;
  for (let index = 0; index < length; index += 1) {
    if (!sameValue(list[index], copies[index])) return false;
  }
  return true;
}

/** `for…in` walks a literal by the engine's own list of its names; `Object.keys` would make an array for every object. */
function sameMembers(object: object, copy: Node, ignored: string | undefined, isPlain: boolean): boolean {
  const { names, values } = copy;
  const members = object as Readonly<Record<string, unknown>>;
  let found = 0;
  for (const name in members) {
    if (name === ignored || (!isPlain && !Object.hasOwn(members, name))) continue;
    const value = members[name];
    if (value === undefined) continue;
    const index = names[found] === name ? found : names.indexOf(name);
    if (index === -1 || !sameValue(value, values[index])) return false;
    found += 1;
  }
  return found === names.length;
}

function isFrozenObject(value: unknown, depth: number, isTop: boolean): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (!isTop && !Array.isArray(value) && isByIdentity(value)) return true;
  if (depth > MAX_DEPTH || !Object.isFrozen(value)) return false;
  for (const member of Object.values(Object.getOwnPropertyDescriptors(value))) {
    if (!("value" in member) || !isFrozenObject(member.value, depth + 1, false)) return false;
  }
  return true;
}
