import type { JsonObject, JsonValue } from "../../../config/index.ts";
import type { Problems } from "../problems.ts";
import { type Located, type LocatedEntry, locatedAt, placeOf, plainOf } from "../source/located.ts";
import type { Variables } from "../source/variables.ts";
import { fillInFormulas } from "./formulas.ts";
import { isObject } from "./json-shape.ts";
import { toJsonSchema, toStructuredInputs } from "./property-schema.ts";
import { toServiceTool } from "./prompt-tools.ts";

/** What stands around the reading of one prompt agent. */
export interface PromptReading {
  readonly file: string;
  readonly variables: Variables;
  readonly problems: Problems;
  readonly notes: string[];
}

/** Members that say how a client reaches the model; the fleet's agents live where the manager is. `name`: the fleet's own name counts. */
const OF_THE_CLIENT = new Set([
  "kind",
  "name",
  "displayName",
  "connection",
  "provider",
  "publisher",
  "apiType",
  "id",
  "options",
]);
const MEMBERS = new Set([
  "kind",
  "name",
  "displayName",
  "description",
  "metadata",
  "instructions",
  "additionalInstructions",
  "model",
  "tools",
  "inputSchema",
  "outputSchema",
]);
const OPTIONS = new Set(["temperature", "topP", "chatToolMode"]);

/**
 * Microsoft's declarative prompt agent (`kind: Prompt`, as `agent-framework` reads it) as an agent entry of a fleet file. What the service's prompt agent
 * has no place for is noted, never dropped in silence. `undefined`, with a problem, for another kind.
 */
export function readPromptAgent(source: Located, reading: PromptReading): Located | undefined {
  const root = fillInFormulas(source, reading);
  if (root.kind !== "map") {
    reading.problems.add(root.place, "Expected a declarative prompt agent (`kind: Prompt`).");
    return undefined;
  }
  const agent = plainOf(root) as JsonObject;
  if (!isPromptKind(agent["kind"])) {
    reading.problems.add(
      placeOf(root, ["kind"]),
      `Expected \`kind\` to be Prompt, got ${JSON.stringify(agent["kind"] ?? null)}: other kinds are no prompt agents.`,
    );
    return undefined;
  }
  noteTheRest(agent, MEMBERS, "", reading);
  const entries = new Map<string, LocatedEntry>();
  const put = (field: string, from: string, value: JsonValue | undefined): void => {
    if (value === undefined || value === null) return;
    const place = placeOf(root, [from]);
    entries.set(field, { keyPlace: place, value: locatedAt(place, value) });
  };
  put("description", "description", agent["description"]);
  put("instructions", "instructions", instructionsOf(agent));
  put("metadata", "metadata", tagsOf(agent["metadata"]));
  putModel(agent["model"], put, reading);
  put("tools", "tools", toolsOf(root, agent["tools"], reading));
  put("response_format", "outputSchema", responseFormatOf(agent["outputSchema"]));
  const inputs = toStructuredInputs(agent["inputSchema"]);
  putDefinition({ structured_inputs: inputs, tool_choice: toolChoiceOf(agent["model"]) }, put);
  return { ...root, entries };
}

function isPromptKind(kind: JsonValue | undefined): boolean {
  return typeof kind === "string" && kind.toLowerCase() === "prompt";
}

type Put = (field: string, from: string, value: JsonValue | undefined) => void;

function instructionsOf(agent: JsonObject): string | undefined {
  const parts = [agent["instructions"], agent["additionalInstructions"]].filter((part) => typeof part === "string");
  return parts.length === 0 ? undefined : parts.join("\n\n");
}

/** Tags are texts in the service: lists are joined. */
function tagsOf(metadata: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(metadata)) return undefined;
  const tags = Object.entries(metadata).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    tags.map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

function putModel(model: JsonValue | undefined, put: Put, reading: PromptReading): void {
  if (typeof model === "string") return put("model", "model", model);
  if (!isObject(model)) return;
  noteTheRest(model, OF_THE_CLIENT, "model.", reading);
  put("model", "model", model["id"]);
  const options = model["options"];
  if (!isObject(options)) return;
  put("temperature", "model", options["temperature"]);
  put("top_p", "model", options["topP"]);
  for (const [name, value] of Object.entries(options)) {
    // What the service does anyway needs no word.
    const isDefault = name === "allowMultipleToolCalls" && value === true;
    if (!OPTIONS.has(name) && !isDefault) note(`model.options.${name}`, reading);
  }
}

function toolChoiceOf(model: JsonValue | undefined): JsonValue | undefined {
  const options = isObject(model) ? model["options"] : undefined;
  const mode = isObject(options) ? options["chatToolMode"] : undefined;
  return mode === "auto" ? undefined : mode;
}

function toolsOf(root: Located, tools: JsonValue | undefined, reading: PromptReading): JsonValue | undefined {
  if (!Array.isArray(tools)) return undefined;
  return tools.flatMap((tool: JsonValue, index) => {
    const place = placeOf(root, ["tools", index]);
    const made = isObject(tool)
      ? toServiceTool(tool, (member) => note(`tools[${index}].${member}`, reading))
      : undefined;
    if (made === undefined) {
      reading.problems.add(
        place,
        `Expected \`tools[${index}]\` to be a function, web_search, file_search, code_interpreter or mcp tool; list others under the agent's own \`tools\`.`,
      );
      return [];
    }
    return [made];
  });
}

function responseFormatOf(schema: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(schema)) return undefined;
  return { name: "answer", schema: toJsonSchema(schema), strict: schema["strict"] === true };
}

function putDefinition(members: JsonObject, put: Put): void {
  if (Object.values(members).some((value) => value !== undefined)) put("definition", "model", members);
}

function noteTheRest(members: JsonObject, known: ReadonlySet<string>, parent: string, reading: PromptReading): void {
  for (const name of Object.keys(members)) if (!known.has(name)) note(`${parent}${name}`, reading);
}

function note(member: string, { file, notes }: PromptReading): void {
  notes.push(`${file}: \`${member}\` is left out: the service's prompt agent has no place for it.`);
}
