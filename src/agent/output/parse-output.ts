import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isStandardSchema, type JsonObject, type ResponseFormat } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { ModelResponse } from "../../services/contract/index.ts";
import { checkJsonSchema } from "./json-schema.ts";
import { describeIssues } from "./schema-issues.ts";

/**
 * The answer as its response format says it: `undefined` for text, the JSON for `json_object` or a plain JSON Schema, the schema's own output for a
 * Standard Schema. Rejects with `output_invalid` when the answer is no JSON, does not fit, or is a refusal.
 */
export async function parseOutput(format: ResponseFormat | undefined, response: ModelResponse): Promise<unknown> {
  if (format === undefined || format === "text") return undefined;
  if (response.refusal !== undefined) {
    throw new TenureError("output_invalid", `The model declined to answer: ${response.refusal}`, {
      hint: "Rephrase the question.",
      details: { refusal: response.refusal },
    });
  }
  const value = readJson(response.text);
  if (format === "json_object") return checkObject(value);
  const schema: JsonObject | StandardSchemaV1 = isStandardSchema(format) ? format : format.schema;
  if (!isStandardSchema(schema)) return checkJsonSchema(schema, value);
  const checked = await schema["~standard"].validate(value);
  if (checked.issues === undefined) return checked.value;
  throw invalid(describeIssues(checked.issues));
}

/** The error for an answer that does not fit. */
export function invalid(reason: string, cause?: unknown): TenureError {
  return new TenureError("output_invalid", `The answer does not fit the response format: ${reason}`, { cause });
}

function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (thrown) {
    throw invalid("it is not JSON", thrown);
  }
}

function checkObject(value: unknown): unknown {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid("it is not a JSON object");
}
