import type { JsonObject, JsonValue } from "./json.ts";
import { childPath } from "./expectation.ts";
import { isPlainObject } from "./plain-json.ts";

/** Keywords that the strict mode of structured outputs does not take (OpenAI, "Structured outputs", supported schemas). */
const REFUSED = [
  "allOf",
  "oneOf",
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "patternProperties",
  "propertyNames",
];
/** Keywords whose value is one schema, a list of schemas, or schemas by name. */
const ONE = ["items", "additionalProperties", "contains"];
const LISTS = ["anyOf", "prefixItems", "allOf", "oneOf"];
const BY_NAME = ["properties", "$defs", "definitions"];
/** One of these must say what a value is. */
const SAYS_WHAT = ["type", "anyOf", "enum", "const", "$ref"];

/**
 * Why the service would refuse the schema in strict mode, with the place; `undefined` if it would not. Strict mode wants an object at the root, every
 * object closed (`additionalProperties: false`) and every property required; an optional value is written as one that may be `null`.
 */
export function strictObstacle(schema: JsonObject, path: string): string | undefined {
  if (schema["type"] !== "object") return `\`${path}\` is not of type "object"`;
  return obstacleIn(schema, path);
}

/** The schema with every object closed that says nothing about further members. What it says is kept. */
export function closeObjects(schema: JsonObject): JsonObject {
  const closed = mapSubschemas(schema, closeObjects);
  if (!isObjectSchema(closed) || closed["additionalProperties"] !== undefined) return closed;
  return Object.freeze({ ...closed, additionalProperties: false });
}

function obstacleIn(schema: JsonObject, path: string): string | undefined {
  const refused = REFUSED.find((keyword) => schema[keyword] !== undefined);
  if (refused !== undefined) return `\`${path}\` uses \`${refused}\``;
  if (!SAYS_WHAT.some((keyword) => schema[keyword] !== undefined)) return `\`${path}\` does not say its type`;
  if (isObjectSchema(schema)) {
    if (schema["additionalProperties"] !== false) return `\`${path}\` does not say \`additionalProperties: false\``;
    const required = schema["required"];
    const optional = Object.keys(asObject(schema["properties"])).find(
      (name) => !Array.isArray(required) || !required.includes(name),
    );
    if (optional !== undefined) return `\`${path}\` does not require its property \`${optional}\``;
  }
  for (const [place, subschema] of subschemasOf(schema, path)) {
    const obstacle = obstacleIn(subschema, place);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function isObjectSchema(schema: JsonObject): boolean {
  const { type } = schema;
  return (
    type === "object" ||
    (Array.isArray(type) && type.includes("object")) ||
    (type === undefined && schema["properties"] !== undefined)
  );
}

function subschemasOf(schema: JsonObject, path: string): [place: string, schema: JsonObject][] {
  const found: [string, JsonObject][] = [];
  const add = (place: string, value: JsonValue | undefined): void => {
    if (isPlainObject(value)) found.push([place, value]);
  };
  for (const keyword of ONE) add(childPath(path, keyword), schema[keyword]);
  for (const keyword of LISTS) {
    const list = schema[keyword];
    if (Array.isArray(list))
      list.forEach((item: JsonValue, index) => add(childPath(childPath(path, keyword), index), item));
  }
  for (const keyword of BY_NAME) {
    for (const [name, value] of Object.entries(asObject(schema[keyword])))
      add(childPath(childPath(path, keyword), name), value);
  }
  return found;
}

function mapSubschemas(schema: JsonObject, change: (schema: JsonObject) => JsonObject): JsonObject {
  const changed = (value: JsonValue): JsonValue => (isPlainObject(value) ? change(value) : value);
  const members = Object.entries(schema).map(([keyword, value]): [string, JsonValue | undefined] => {
    if (value === undefined) return [keyword, value];
    if (ONE.includes(keyword)) return [keyword, changed(value)];
    if (LISTS.includes(keyword) && Array.isArray(value))
      return [keyword, Object.freeze(value.map((item: JsonValue) => changed(item)))];
    if (!BY_NAME.includes(keyword) || !isPlainObject(value)) return [keyword, value];
    const byName = Object.entries(asObject(value)).map(([name, item]): [string, JsonValue] => [
      name,
      changed(item ?? null),
    ]);
    return [keyword, Object.freeze(Object.fromEntries(byName))];
  });
  return Object.freeze(Object.fromEntries(members));
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isPlainObject(value) ? value : {};
}
