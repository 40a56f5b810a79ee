import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";

/**
 * The value if it fits the JSON Schema (draft 2020-12); else rejects with `output_invalid`. The validator is loaded at the first use: it compiles nothing,
 * so it also runs where code may not be made from strings.
 */
export async function checkJsonSchema(schema: JsonObject, value: unknown): Promise<unknown> {
  const { Validator } = await import("@cfworker/json-schema");
  const result = new Validator({ ...schema }, "2020-12", false).validate(value);
  if (result.valid) return value;
  // The last errors are the most particular ones: the validator reports from the outside in.
  const reasons = result.errors
    .slice(-3)
    .map(({ instanceLocation, error }) => `${instanceLocation.replace(/^#/, "the value")}: ${error}`);
  throw new TenureError("output_invalid", `The answer does not fit the response format: ${reasons.join("; ")}`);
}
