import type { StandardSchemaV1 } from "@standard-schema/spec";
import { defineTool, type JsonObject, type LocalTool, type ToolCallContext } from "../../src/config/index.ts";

const ANYTHING: JsonObject = { type: "object", properties: {} };

/** A tool that takes any object. */
export function tool(
  name: string,
  handler: (input: JsonObject, context: ToolCallContext) => unknown,
): LocalTool<JsonObject> {
  return defineTool({ name, parameters: ANYTHING, handler });
}

/** A tool with a schema of its own. */
export function typedTool<Schema extends StandardSchemaV1>(
  name: string,
  parameters: Schema,
  handler: (input: StandardSchemaV1.InferOutput<Schema>) => unknown,
): LocalTool<StandardSchemaV1.InferOutput<Schema>> {
  return defineTool({ name, parameters, handler });
}
