import { TenureError } from "../errors/index.ts";
import { unexpected } from "./expectation.ts";
import type { JsonObject } from "./json.ts";
import { copyJsonObject, isPlainObject } from "./plain-json.ts";
import { isStandardSchema, jsonSchemaOf } from "./standard-schema.ts";
import { closeObjects, strictObstacle } from "./strict-schema.ts";
import { refuseUnknownFields } from "./unknown-fields.ts";

const FIELDS = ["name", "schema", "strict"];
const DEFAULT_NAME = "answer";
const EXPECTATION = '"text", "json_object", a Standard Schema or { schema }';

/**
 * A response format as the service takes it (`definition.text.format`). Throws `invalid_config`.
 *
 * The objects of a Standard Schema are closed (`additionalProperties: false`), which strict mode wants; a plain JSON Schema is sent as it is. A schema that
 * strict mode cannot take is refused with the place unless `strict` is `false`: a format that silently holds the model to nothing would be a trap.
 */
export function responseFormatOf(format: unknown): JsonObject {
  if (format === "text" || format === "json_object") return Object.freeze({ type: format });
  if (isStandardSchema(format)) return schemaFormat({ schema: format });
  if (!isPlainObject(format)) throw unexpected("responseFormat", EXPECTATION, format);
  if (format["schema"] === undefined && ("type" in format || "$schema" in format)) throw bareSchema(format);
  return schemaFormat(format);
}

function schemaFormat(format: Record<string, unknown>): JsonObject {
  refuseUnknownFields(format, FIELDS);
  const { name = DEFAULT_NAME, schema, strict = true } = format;
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw unexpected("responseFormat.name", "1 to 64 letters, digits, `_` or `-`", name);
  }
  if (typeof strict !== "boolean") throw unexpected("responseFormat.strict", "true or false", strict);
  const described = describe(schema, strict);
  if (strict) refuseUnfit(described);
  return Object.freeze({ type: "json_schema", name, schema: described, strict });
}

function describe(schema: unknown, strict: boolean): JsonObject {
  const path = "responseFormat.schema";
  if (!isStandardSchema(schema)) return copyJsonObject(schema, path);
  const described = jsonSchemaOf(schema, path);
  return strict ? closeObjects(described) : described;
}

function refuseUnfit(schema: JsonObject): void {
  const obstacle = strictObstacle(schema, "responseFormat.schema");
  if (obstacle === undefined) return;
  throw new TenureError(
    "invalid_config",
    `Expected \`responseFormat.schema\` to be fit for strict mode, but ${obstacle}`,
    {
      hint: "Make the schema fit (a value that may be missing is written as one that may be null), or pass `strict: false`.",
      details: { field: "responseFormat.schema" },
    },
  );
}

function bareSchema(format: object): TenureError {
  return new TenureError(
    "invalid_config",
    `Expected \`responseFormat\` to be ${EXPECTATION}, got what looks like a bare JSON Schema`,
    {
      hint: "Wrap it: `responseFormat: { schema: … }`.",
      details: { field: "responseFormat", members: Object.keys(format).slice(0, 20) },
    },
  );
}
