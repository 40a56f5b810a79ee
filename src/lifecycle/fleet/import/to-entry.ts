import {
  fingerprintOf,
  type JsonObject,
  type JsonValue,
  normalizeConfig,
  type ResponseFormat,
  sortTools,
} from "../../../config/index.ts";

/** Members of a definition that have a field of their own in a fleet file. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ["model", "model"],
  ["instructions", "instructions"],
  ["temperature", "temperature"],
  ["top_p", "top_p"],
  ["reasoning", "reasoning"],
  ["tools", "tools"],
]);

/** What an agent's entry is made from. */
export interface Importable {
  readonly agentName: string;
  readonly definition: JsonObject;
  readonly description: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * An agent of the service as an entry of a fleet file, members that no field is for under `definition`. `undefined` if the file cannot say it exactly: another
 * kind of agent, or a definition that the configuration would not give back.
 */
export function toEntry(agent: Importable): JsonObject | undefined {
  const { definition } = agent;
  if (definition["kind"] !== "prompt") return undefined;
  const fields: [string, JsonValue][] = [];
  const rest: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(definition)) {
    if (value === undefined || value === null || name === "kind" || name === "text") continue;
    const field = FIELDS.get(name);
    if (field === undefined) rest.push([name, value]);
    else if (!isEmptyList(value)) fields.push([field, value]);
  }
  const { format, others } = textOf(definition["text"]);
  if (others !== undefined) rest.push(["text", others]);
  const entry: JsonObject = {
    description: agent.description === "" ? undefined : agent.description,
    ...Object.fromEntries(fields),
    response_format: format,
    metadata: Object.keys(agent.metadata).length === 0 ? undefined : agent.metadata,
    definition: rest.length === 0 ? undefined : Object.fromEntries(rest),
  };
  return givesBack(agent, entry) ? entry : undefined;
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** `text` of a definition: the format has a field of its own, the rest stays where it is. */
function textOf(text: JsonValue | undefined): {
  readonly format: JsonValue | undefined;
  readonly others: JsonObject | undefined;
} {
  if (typeof text !== "object" || text === null || Array.isArray(text)) return { format: undefined, others: undefined };
  const { format, ...others } = text as JsonObject;
  return { format: formatOf(format), others: Object.keys(others).length === 0 ? undefined : others };
}

function formatOf(format: JsonValue | undefined): JsonValue | undefined {
  if (typeof format !== "object" || format === null || Array.isArray(format)) return undefined;
  const { type, name, schema, strict } = format as JsonObject;
  if (type === "text" || type === "json_object") return type;
  return { name, schema, strict: strict === true };
}

/** The entry, read as a configuration, is the definition again: what is applied after an import changes nothing. */
function givesBack({ agentName, definition }: Importable, entry: JsonObject): boolean {
  const { top_p: topP, response_format: responseFormat, ...same } = entry;
  try {
    const config = { ...same, agentName, topP, responseFormat: responseFormat as ResponseFormat | undefined };
    return normalizeConfig(config).fingerprint === fingerprintOf(comparable(definition));
  } catch {
    return false;
  }
}

function comparable(definition: JsonObject): JsonObject {
  const members = Object.entries(definition).filter(
    ([, value]) => value !== undefined && value !== null && !isEmptyList(value),
  );
  return Object.fromEntries(
    members.map(([name, value]) => [name, name === "tools" && Array.isArray(value) ? sortTools(value) : value]),
  );
}
