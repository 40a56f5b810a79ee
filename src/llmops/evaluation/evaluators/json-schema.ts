import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonObject } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import { loadPackage } from "../../optional-package.ts";
import type { Evaluator } from "../evaluator.ts";

/** What does not fit, or nothing. */
type Check = (value: unknown) => Promise<string | undefined>;

/**
 * 1 if the answer is JSON that fits the schema, else 0. A Standard Schema (zod, valibot, arktype) checks itself; plain JSON Schema (draft 2020-12) needs
 * the optional package `ajv` and is read at the first answer. A JSON text inside a Markdown code fence counts as JSON.
 */
export function jsonSchema(
  schema: JsonObject | StandardSchemaV1,
  options: { readonly name?: string | undefined } = {},
): Evaluator {
  const { name = "json_schema" } = options;
  if (typeof schema !== "object" && typeof schema !== "function") {
    throw new TenureError("invalid_option", "Expected `schema` to be a JSON Schema or a Standard Schema.");
  }
  let check: Promise<Check> | undefined;
  return {
    name,
    limits: "Sees the form of the data, not whether it is true.",
    async evaluate({ answer, parsed }) {
      const value = parsed === undefined ? parseJson(answer) : { value: parsed };
      if (value === undefined) return { score: 0, reason: "The answer is not JSON." };
      check ??= compile(schema);
      const problem = await (await check)(value.value);
      return problem === undefined ? { score: 1 } : { score: 0, reason: problem };
    },
  };
}

async function compile(schema: JsonObject | StandardSchemaV1): Promise<Check> {
  if (isStandard(schema)) {
    const { validate } = schema["~standard"];
    return async (value) => {
      const result = await validate(value);
      return result.issues?.map(({ message }) => message).join("; ");
    };
  }
  const { Ajv2020 } = await loadPackage("ajv", () => import("ajv/dist/2020.js"), "Checking plain JSON Schema");
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  const validate = ajv.compile(schema);
  return (value) =>
    Promise.resolve(validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: "answer" }));
}

function isStandard(schema: JsonObject | StandardSchemaV1): schema is StandardSchemaV1 {
  return "~standard" in schema;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(withoutFence(text)) };
  } catch {
    return undefined;
  }
}

function withoutFence(text: string): string {
  const lines = text.trim().split("\n");
  const isFenced = /^```(?:json)?\s*$/u.test(lines[0] ?? "") && lines.length > 2 && lines.at(-1)?.trim() === "```";
  return isFenced ? lines.slice(1, -1).join("\n") : text;
}
