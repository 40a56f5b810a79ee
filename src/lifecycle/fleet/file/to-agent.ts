import {
  type AgentConfig,
  type JsonObject,
  normalizeConfig,
  type ResponseFormat,
  type ServiceTool,
  shownValue,
} from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import { assertAlias } from "../../aliases/alias-name.ts";
import type { FleetAgent, FleetPolicies } from "../fleet.ts";
import type { Problems } from "../problems.ts";
import { type Located, type Path, placeOf } from "../source/located.ts";
import type { AgentEntry } from "./agent-entry.ts";

/** What the entries of one file share. */
export interface EntryReading {
  readonly root: Located;
  readonly tools: Readonly<Record<string, JsonObject>>;
  readonly policies: FleetPolicies;
  readonly model: string | undefined;
  readonly problems: Problems;
}

/** Names of the configuration's fields that are spelled otherwise in a file. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["responseFormat", "response_format"],
  ["enableWebSearch", "web_search"],
  ["topP", "top_p"],
]);

/** One agent of the file as a configuration; `undefined` if something is wrong, which goes to the problems. */
export function toAgent(name: string, entry: AgentEntry, reading: EntryReading): FleetAgent | undefined {
  const { root, problems, policies } = reading;
  const before = problems.count;
  const config = configOf(name, entry, reading);
  checkAliases(name, entry.aliases ?? [], reading);
  for (const field of ["owner", "purpose"] as const) checkNote(name, field, entry[field], reading);
  try {
    const normal = normalizeConfig(config, { model: reading.model });
    if (problems.count > before) return undefined;
    return {
      name,
      config: { ...config, model: normal.model },
      normal,
      aliases: [...new Set(entry.aliases)],
      owner: entry.owner,
      purpose: entry.purpose,
      unmanaged: entry.unmanaged ?? policies.unmanaged,
      drift: entry.drift ?? policies.drift,
      place: placeOf(root, ["agents", name], "key"),
    };
  } catch (thrown) {
    const error = TenureError.from(thrown);
    const field = typeof error.details["field"] === "string" ? error.details["field"] : "";
    problems.add(
      placeOf(root, pathOf(name, field), field === "agentName" ? "key" : "value"),
      `\`agents.${name}\`: ${respelled(error.message)}`,
    );
    return undefined;
  }
}

function configOf(name: string, entry: AgentEntry, reading: EntryReading): AgentConfig {
  return {
    agentName: name,
    model: entry.model,
    instructions: entry.instructions,
    description: entry.description,
    enableWebSearch: entry.web_search,
    tools: entry.tools?.map((tool, index) =>
      toolOf(tool as string | ServiceTool, ["agents", name, "tools", index], reading),
    ),
    temperature: entry.temperature,
    topP: entry.top_p,
    responseFormat: entry.response_format as ResponseFormat | undefined,
    reasoning: entry.reasoning as AgentConfig["reasoning"],
    metadata: entry.metadata,
    definition: entry.definition as JsonObject | undefined,
  };
}

function toolOf(tool: string | ServiceTool, path: Path, reading: EntryReading): ServiceTool {
  if (typeof tool !== "string") return tool;
  const named = Object.hasOwn(reading.tools, tool) ? reading.tools[tool] : undefined;
  if (named !== undefined) return named as ServiceTool;
  const known = Object.keys(reading.tools);
  const among = known.length === 0 ? "has none" : `has ${known.join(", ")}`;
  reading.problems.add(placeOf(reading.root, path), `There is no tool \`${tool}\`: the file's \`tools\` ${among}.`);
  return { type: "unknown" };
}

function checkAliases(name: string, aliases: readonly string[], { root, problems }: EntryReading): void {
  for (const [index, alias] of aliases.entries()) {
    try {
      assertAlias(alias);
    } catch (thrown) {
      problems.add(placeOf(root, ["agents", name, "aliases", index]), TenureError.from(thrown).message);
    }
  }
}

function checkNote(
  name: string,
  field: "owner" | "purpose",
  value: string | undefined,
  { root, problems }: EntryReading,
): void {
  if (value === undefined || (value.trim() !== "" && value.length <= 256 && !/\p{Cc}/u.test(value))) return;
  problems.add(
    placeOf(root, ["agents", name, field]),
    `Expected \`agents.${name}.${field}\` to be 1 to 256 printable characters, got ${shownValue(value)}.`,
  );
}

/** `tools[2].parameters` of a configuration as the path in the file. */
function pathOf(name: string, field: string): Path {
  const [, first = "", index] = /^([A-Za-z]+)(?:\[(\d+)\])?/.exec(field) ?? [];
  const path = ["agents", name, SPELLINGS.get(first) ?? first];
  return index === undefined ? path : [...path, Number(index)];
}

function respelled(message: string): string {
  let text = message;
  for (const [from, to] of SPELLINGS) text = text.replaceAll(`\`${from}`, `\`${to}`);
  return text;
}
