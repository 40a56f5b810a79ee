import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { TenureError } from "../errors/index.ts";
import { unexpected } from "./expectation.ts";
import type { JsonObject } from "./json.ts";
import { copyJsonObject } from "./plain-json.ts";

/** A Standard Schema of any library. Some libraries (arktype) make functions, so `typeof` alone decides nothing. */
export function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  return ((typeof value === "object" && value !== null) || typeof value === "function") && "~standard" in value;
}

/**
 * The JSON Schema (draft 2020-12) of what a Standard Schema takes, without `$schema`. Throws `invalid_config` if its library cannot give one, saying what
 * to do about it.
 */
export function jsonSchemaOf(schema: StandardSchemaV1, path: string): JsonObject {
  const standard: unknown = schema["~standard"];
  if (!hasValidator(standard)) throw unexpected(path, "a Standard Schema with `~standard.validate`", schema);
  if (!givesJsonSchema(standard)) throw withoutJsonSchema(standard.vendor, path);
  const { $schema: _, ...members } = copyJsonObject(convert(standard, path), path);
  return Object.freeze(members);
}

function convert(standard: StandardJSONSchemaV1.Props, path: string): unknown {
  try {
    return standard.jsonSchema.input({ target: "draft-2020-12" });
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TenureError(
      "invalid_config",
      `Expected \`${path}\` to have a JSON Schema, but ${standard.vendor} cannot write it as one: ${reason}`,
      {
        cause: thrown,
        details: { field: path },
      },
    );
  }
}

function withoutJsonSchema(vendor: unknown, path: string): TenureError {
  const advice =
    vendor === "zod"
      ? "update zod to 4.2 or newer"
      : vendor === "valibot"
        ? "wrap it: `toStandardJsonSchema(schema)` from `@valibot/to-json-schema` 1.5 or newer"
        : "update the schema library";
  const message = `Expected \`${path}\` to be a Standard Schema that gives its JSON Schema (\`~standard.jsonSchema\`), got one of ${String(vendor)} without it`;
  return new TenureError("invalid_config", message, {
    hint: `Either ${advice}, or pass a plain JSON Schema.`,
    details: { field: path },
  });
}

function hasValidator(standard: unknown): standard is StandardSchemaV1.Props {
  return (
    typeof standard === "object" &&
    standard !== null &&
    "validate" in standard &&
    typeof standard.validate === "function"
  );
}

function givesJsonSchema(standard: object): standard is StandardJSONSchemaV1.Props {
  if (!("jsonSchema" in standard)) return false;
  const converter: unknown = standard.jsonSchema;
  return (
    typeof converter === "object" && converter !== null && "input" in converter && typeof converter.input === "function"
  );
}
