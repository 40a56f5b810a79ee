import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonObject } from "./json.ts";

/** A schema for the answer: plain JSON Schema, or any Standard Schema that can give one (zod, valibot with its converter, arktype). */
export interface SchemaFormat<Output = unknown> {
  /** 1 to 64 letters, digits, `_` or `-`. Default `answer`. */
  readonly name?: string | undefined;
  readonly schema: JsonObject | StandardSchemaV1<unknown, Output>;
  /** Whether the service must hold the model to the schema exactly. Default `true`; a schema that strict mode cannot take is refused then. */
  readonly strict?: boolean | undefined;
}

/** How answers look. A bare Standard Schema stands for `{ schema }`. */
export type ResponseFormat = "text" | "json_object" | SchemaFormat | StandardSchemaV1;
