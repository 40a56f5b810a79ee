import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toJsonSchema } from "@valibot/to-json-schema";
import { FleetSource } from "../src/lifecycle/fleet/file/fleet-file.ts";

/** Where the schema is kept; it is published with the package. */
export const SCHEMA_FILE: string = join(import.meta.dirname, "../schemas/tenure.schema.json");

/** A variable stands where a number, a word or a truth value will be. */
const VARIABLE = { type: "string", pattern: "\\$\\{[^}]+\\}" };

/** The JSON Schema of fleet files, from the schema that they are checked by. */
export function fleetSchema(): string {
  const schema = withVariables(toJsonSchema(FleetSource, { errorMode: "ignore" })) as object;
  return `${JSON.stringify({ title: "Tenure fleet", ...schema, patternProperties: { "^x-": true } }, undefined, 2)}\n`;
}

function withVariables(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withVariables);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, member]) => [name, withVariables(member)]));
  const { type, enum: words, description, ...rest } = members;
  const isVariable = type === "number" || type === "boolean" || Array.isArray(words);
  if (!isVariable) return members;
  const own = { ...rest, ...(type === undefined ? {} : { type }), ...(words === undefined ? {} : { enum: words }) };
  return { ...(description === undefined ? {} : { description }), anyOf: [own, VARIABLE] };
}

if (process.argv[1] === import.meta.filename) writeFileSync(SCHEMA_FILE, fleetSchema());
