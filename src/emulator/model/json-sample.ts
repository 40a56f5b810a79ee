import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { jsonObjects, numberOf, strings, textOf } from "./read-json.ts";
import { sampleNumber } from "./number-sample.ts";
import { followReference } from "./reference.ts";
import { sampleString } from "./string-sample.ts";

/** What a sample is made of. */
export interface SampleSeed {
  /** Goes into strings that may hold any text. */
  readonly text: string;
  /** From 0 to 1: where numbers lie between their bounds, and whether a boolean is true (from 0.5). */
  readonly fraction: number;
}

interface Place {
  readonly root: JsonObject;
  readonly seed: SampleSeed;
  /** How many objects and arrays are around this value. */
  readonly depth: number;
  /** Name of the property, or number of the element, so that neighbours differ. */
  readonly label: string;
  readonly index: number;
}

// Deeper than this a recursive schema is brought to an end: optional parts are left out, `null` is preferred.
const COMFORTABLE_DEPTH = 5;
const MAXIMUM_DEPTH = 64;

/**
 * One value that fits the JSON schema: the subset that structured output takes (types, properties, required, enum, const,
 * items, prefixItems, anyOf, oneOf, allOf, $ref, bounds, formats, patterns). The same schema and seed give the same value.
 *
 * @throws RangeError when a recursive schema has no finite value, or a `$ref` leads to nothing
 */
export function sampleOfSchema(schema: unknown, seed: SampleSeed): JsonValue {
  const root = isJsonObject(schema) ? schema : {};
  return sample(root, { root, seed, depth: 0, label: "", index: 0 });
}

function sample(given: unknown, place: Place): JsonValue {
  if (!isJsonObject(given)) return place.seed.text;
  if (place.depth > MAXIMUM_DEPTH) throw new RangeError("The schema has no finite value.");
  const schema = flatten(given, place.root);
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return chooseMember(schema["enum"], place);
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices) && choices.length > 0) return sampleChoice(schema, choices, place);
  return sampleType(typeOf(schema, place), schema, place);
}

/** Follows `$ref` and merges `allOf` until neither is left. */
function flatten(schema: JsonObject, root: JsonObject): JsonObject {
  let result = schema;
  for (let step = 0; step < MAXIMUM_DEPTH; step += 1) {
    const reference = textOf(result["$ref"]);
    const parts = jsonObjects(result["allOf"]);
    if (reference === undefined && parts.length === 0) return result;
    const { $ref: _reference, allOf: _parts, ...own } = result;
    const target = reference === undefined ? [] : [resolveReference(reference, root)];
    result = [...target, ...parts.map((part) => flatten(part, root))].reduce(mergeSchemas, own);
  }
  throw new RangeError("The schema refers to itself without end.");
}

function mergeSchemas(left: JsonObject, right: JsonObject): JsonObject {
  const merged: JsonObject = { ...right, ...left };
  if (isJsonObject(left["properties"]) && isJsonObject(right["properties"])) {
    merged["properties"] = { ...right["properties"], ...left["properties"] };
  }
  if (Array.isArray(left["required"]) && Array.isArray(right["required"])) {
    merged["required"] = [...new Set([...left["required"], ...right["required"]])];
  }
  for (const [bound, tighter] of Object.entries(TIGHTER)) {
    const [a, b] = [numberOf(left[bound]), numberOf(right[bound])];
    if (a !== undefined && b !== undefined) merged[bound] = tighter(a, b);
  }
  return merged;
}

const TIGHTER: Readonly<Record<string, (a: number, b: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  minItems: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
  maxItems: Math.min,
};

function resolveReference(reference: string, root: JsonObject): JsonObject {
  const target = followReference(reference, root);
  if (target === undefined) throw new RangeError(`The schema has no ${reference}, to which it refers.`);
  return target;
}

function chooseMember(members: readonly JsonValue[], place: Place): JsonValue {
  const last = members.length - 1;
  return members[Math.min(last, Math.floor(place.seed.fraction * members.length))] ?? null;
}

function sampleChoice(schema: JsonObject, choices: readonly unknown[], place: Place): JsonValue {
  const { anyOf: _any, oneOf: _one, ...own } = schema;
  const options = jsonObjects(choices).map((choice) => mergeSchemas(flatten(choice, place.root), own));
  const isEnd = (option: JsonObject): boolean => option["type"] === "null";
  const sorted =
    place.depth > COMFORTABLE_DEPTH ? options.toSorted((a, b) => Number(isEnd(b)) - Number(isEnd(a))) : options;
  for (const [position, option] of sorted.entries()) {
    try {
      return sample(option, place);
    } catch (error) {
      if (!(error instanceof RangeError) || position === sorted.length - 1) throw error;
    }
  }
  return null;
}

function typeOf(schema: JsonObject, place: Place): string {
  const type = schema["type"];
  if (typeof type === "string") return type;
  if (Array.isArray(type)) {
    const names = strings(type);
    if (place.depth > COMFORTABLE_DEPTH && names.includes("null")) return "null";
    return names.find((name) => name !== "null") ?? "null";
  }
  if ("properties" in schema || "required" in schema) return "object";
  if ("items" in schema || "prefixItems" in schema) return "array";
  if (["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"].some((key) => key in schema))
    return "number";
  return "string";
}

function sampleType(type: string, schema: JsonObject, place: Place): JsonValue {
  switch (type) {
    case "object":
      return sampleObject(schema, place);
    case "array":
      return sampleArray(schema, place);
    case "number":
    case "integer":
      return sampleNumber(schema, type === "integer", place.seed.fraction, place.index);
    case "boolean":
      return place.seed.fraction >= 0.5;
    case "null":
      return null;
    default:
      return sampleString(schema, {
        text: place.seed.text,
        label: place.label,
        index: place.index,
      });
  }
}

function sampleObject(schema: JsonObject, place: Place): JsonObject {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const required = strings(schema["required"]);
  const names = place.depth > COMFORTABLE_DEPTH ? required : [...new Set([...Object.keys(properties), ...required])];
  const result: JsonObject = {};
  for (const [index, name] of names.entries()) {
    result[name] = sample(properties[name] ?? schema["additionalProperties"], {
      ...place,
      depth: place.depth + 1,
      label: name,
      index: Object.hasOwn(properties, name) ? 0 : index,
    });
  }
  const missing = (numberOf(schema["minProperties"]) ?? 0) - names.length;
  for (let extra = 1; extra <= missing; extra += 1) {
    result[`property${extra}`] = sample(schema["additionalProperties"], {
      ...place,
      depth: place.depth + 1,
      index: extra,
    });
  }
  return result;
}

function sampleArray(schema: JsonObject, place: Place): JsonValue[] {
  const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  const minimum = numberOf(schema["minItems"]) ?? 0;
  const maximum = numberOf(schema["maxItems"]) ?? Number.POSITIVE_INFINITY;
  const wanted = place.depth > COMFORTABLE_DEPTH ? minimum : Math.max(minimum, prefix.length, 1);
  const length = Math.min(wanted, maximum);
  const items = schema["items"] === false ? prefix.length : length;
  return Array.from({ length: Math.min(length, Math.max(items, minimum)) }, (_, index) => {
    const element = { ...place, depth: place.depth + 1, index };
    const own = prefix[index] ?? schema["items"];
    return schema["uniqueItems"] === true ? sampleUnique(own, element) : sample(own, element);
  });
}

/** The n-th element takes the n-th member of an enum, so that elements differ. */
function sampleUnique(schema: unknown, place: Place): JsonValue {
  const members = isJsonObject(schema) ? flatten(schema, place.root)["enum"] : undefined;
  return Array.isArray(members) ? (members[place.index % members.length] ?? null) : sample(schema, place);
}
