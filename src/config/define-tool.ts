import type { StandardSchemaV1 } from "@standard-schema/spec";
import { TenureError } from "../errors/index.ts";
import { unexpected } from "./expectation.ts";
import type { JsonObject } from "./json.ts";
import { copyJsonObject, isPlainObject, wholeText } from "./plain-json.ts";
import { isStandardSchema, jsonSchemaOf } from "./standard-schema.ts";
import { closeObjects, strictObstacle } from "./strict-schema.ts";
import type { LocalTool, ToolCallContext } from "./tool.ts";
import { refuseUnknownFields } from "./unknown-fields.ts";

const FIELDS = ["name", "description", "parameters", "strict", "handler"];

interface CommonDeclaration {
  /** 1 to 64 letters, digits, `_` or `-`. The model calls the tool by it. */
  readonly name: string;
  /** What the tool does and when to use it, for the model. */
  readonly description?: string | undefined;
  /**
   * Whether the service must hold the model's arguments to the schema exactly. Default: `true` where the schema is fit for that (every object closed, every
   * property required), else `false`. `true` for a schema that is not fit is refused with the place.
   */
  readonly strict?: boolean | undefined;
}

/** A tool whose arguments are described, checked and typed by a Standard Schema. */
export interface SchemaToolDeclaration<Schema extends StandardSchemaV1> extends CommonDeclaration {
  readonly parameters: Schema;
  /** Gets what the schema made of the arguments. What it returns goes to the model: a text as it is, anything else as JSON. */
  readonly handler: (input: StandardSchemaV1.InferOutput<Schema>, context: ToolCallContext) => unknown;
}

/** A tool whose arguments are described by plain JSON Schema. The handler gets them as the model wrote them. */
export interface JsonToolDeclaration extends CommonDeclaration {
  readonly parameters: JsonObject;
  readonly handler: (input: JsonObject, context: ToolCallContext) => unknown;
}

interface AnyDeclaration extends CommonDeclaration {
  readonly parameters: unknown;
  readonly handler: LocalTool<never>["handler"];
}

/**
 * Makes a function of this process a tool of the agent. Throws `invalid_config`, naming the field.
 *
 * The schema must describe an object. A Standard Schema's objects are closed (`additionalProperties: false`) when that alone makes it fit for strict mode;
 * a plain JSON Schema is sent as it is.
 */
export function defineTool<Schema extends StandardSchemaV1>(
  declaration: SchemaToolDeclaration<Schema>,
): LocalTool<StandardSchemaV1.InferOutput<Schema>>;
export function defineTool(declaration: JsonToolDeclaration): LocalTool<JsonObject>;
export function defineTool(declaration: AnyDeclaration): LocalTool<never> {
  if (!isPlainObject(declaration)) throw unexpected("tool", "an object with name, parameters and handler", declaration);
  refuseUnknownFields(declaration, FIELDS);
  const { name, description, parameters, handler } = declaration;
  checkToolName(name, "name");
  if (description !== undefined && typeof description !== "string")
    throw unexpected("description", "a text", description);
  if (typeof handler !== "function") throw unexpected("handler", "a function", handler);
  const schema = isStandardSchema(parameters) ? parameters : undefined;
  const described =
    schema === undefined ? copyJsonObject(parameters, "parameters") : describe(schema, declaration.strict);
  if (described["type"] !== "object")
    throw unexpected("parameters", 'a schema of type "object"', described["type"] ?? described);
  return Object.freeze({
    type: "function",
    name,
    description: description === undefined ? undefined : wholeText(description, "description"),
    parameters: described,
    strict: strictness(declaration.strict, described),
    schema,
    handler,
  });
}

/** Whether a tool is a function of this process, made by `defineTool`. */
export function isLocalTool(tool: unknown): tool is LocalTool<never> {
  return isPlainObject(tool) && tool["type"] === "function" && typeof tool["handler"] === "function";
}

/** The service's rule for function names. Throws `invalid_config`. */
export function checkToolName(name: unknown, path: string): asserts name is string {
  if (typeof name === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(name)) return;
  throw unexpected(path, "1 to 64 letters, digits, `_` or `-`", name);
}

/** Closed when strict mode is wanted, or when that alone makes it possible. */
function describe(schema: StandardSchemaV1, strict: boolean | undefined): JsonObject {
  const open = jsonSchemaOf(schema, "parameters");
  const closed = closeObjects(open);
  return strict === true || strictObstacle(closed, "parameters") === undefined ? closed : open;
}

function strictness(wanted: unknown, schema: JsonObject): boolean {
  if (wanted !== undefined && typeof wanted !== "boolean") throw unexpected("strict", "true or false", wanted);
  if (wanted === false) return false;
  const obstacle = strictObstacle(schema, "parameters");
  if (wanted !== true || obstacle === undefined) return obstacle === undefined;
  throw new TenureError("invalid_config", `Expected \`parameters\` to be fit for strict mode, but ${obstacle}`, {
    hint: "Make the schema fit (a value that may be missing is written as one that may be null), or leave `strict` out.",
    details: { field: "parameters" },
  });
}
