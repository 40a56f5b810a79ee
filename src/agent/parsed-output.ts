import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonObject, JsonValue, ResponseFormat, SchemaFormat } from "../config/index.ts";

/** The type of `parsed` for a response format: what its schema gives, any JSON for a plain JSON Schema, `undefined` for text. */
export type ParsedOutput<Format> =
  Format extends StandardSchemaV1<unknown, infer Output>
    ? Output
    : Format extends { readonly schema: StandardSchemaV1<unknown, infer Output> }
      ? Output
      : Format extends "json_object"
        ? JsonObject
        : Format extends SchemaFormat
          ? JsonValue
          : Format extends "text" | undefined
            ? undefined
            : unknown;

/** A response format, or none. */
export type MaybeFormat = ResponseFormat | undefined;
