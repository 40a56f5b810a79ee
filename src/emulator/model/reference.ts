import { isJsonObject, type JsonObject } from "../json.ts";

/** Members of a schema whose content is data, not schema. */
const DATA = new Set(["const", "enum", "default", "examples"]);

/** What `reference` (`#`, or `#/` and a path) leads to in the schema; `undefined` if to nothing there, or out of the schema. */
export function followReference(reference: string, root: JsonObject): JsonObject | undefined {
  if (!reference.startsWith("#")) return undefined;
  const path = reference.replace(/^#\/?/u, "");
  let target: unknown = root;
  for (const part of path === "" ? [] : path.split("/")) {
    const key = decoded(part).replaceAll("~1", "/").replaceAll("~0", "~");
    target = isContainer(target) && Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
  }
  return isJsonObject(target) ? target : undefined;
}

/** The first `$ref` of the schema, wherever it stands, that leads to nothing. */
export function danglingReference(schema: unknown, root: JsonObject): string | undefined {
  if (!isContainer(schema)) return undefined;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "$ref" && typeof value === "string" && followReference(value, root) === undefined) return value;
    const dangling = DATA.has(name) ? undefined : danglingReference(value, root);
    if (dangling !== undefined) return dangling;
  }
  return undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
