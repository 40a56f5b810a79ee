import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { defined, isObject } from "./json-shape.ts";

/** Kinds of a property, and what JSON Schema calls them. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["float", "number"],
  ["int", "integer"],
  ["bool", "boolean"],
]);

/** A property schema of a prompt agent (`properties` as a mapping or a list, `kind` or `type`, `required` at the property) as JSON Schema. */
export function toJsonSchema(schema: JsonValue | undefined): JsonObject {
  const named = propertiesOf(schema);
  const required = named.filter(([, property]) => property["required"] === true).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(named.map(([name, property]) => [name, toProperty(property)])),
    required,
    additionalProperties: false,
  };
}

/** An input schema as the service's `structured_inputs`; `undefined` if there is none. */
export function toStructuredInputs(schema: JsonValue | undefined): JsonObject | undefined {
  const named = propertiesOf(schema);
  if (named.length === 0) return undefined;
  return Object.fromEntries(
    named.map(([name, property]) => [
      name,
      {
        description: property["description"],
        default_value: property["default"],
        schema: toProperty({ ...property, description: undefined, default: undefined }),
        required: property["required"] === true,
      },
    ]),
  );
}

function toProperty(property: JsonObject): JsonObject {
  const { description, items, enum: choices, default: value } = property;
  const kind = property["kind"] ?? property["type"] ?? "string";
  const shared = {
    description,
    enum: Array.isArray(choices) && choices.length === 0 ? undefined : choices,
    default: value,
  };
  if (kind === "object") return { ...toJsonSchema(property), ...defined(shared) };
  if (kind === "array")
    return defined({ type: "array", items: isObject(items) ? toProperty(items) : undefined, ...shared });
  const type = typeof kind === "string" ? (TYPES.get(kind) ?? kind) : "string";
  return defined({ type, ...shared });
}

function propertiesOf(schema: JsonValue | undefined): (readonly [name: string, property: JsonObject])[] {
  const properties: JsonValue | undefined = isObject(schema) ? schema["properties"] : schema;
  if (Array.isArray(properties)) {
    return properties.flatMap((property: JsonValue) =>
      isObject(property) ? [[nameOf(property), property] as const] : [],
    );
  }
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) =>
    isObject(property) ? [[name, property] as const] : [],
  );
}

function nameOf({ name }: JsonObject): string {
  return typeof name === "string" ? name : "";
}
