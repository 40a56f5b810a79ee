import { TenureError } from "../errors/index.ts";
import type { NormalConfig } from "./agent-config.ts";
import { CONFIG_FIELDS, type ConfigFields, readConfigFields, readMetadata } from "./config-fields.ts";
import { childPath, unexpected } from "./expectation.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { assertAgentName } from "./names.ts";
import { normalTools, searchesWeb } from "./normal-tools.ts";
import { readOwned } from "./owned.ts";
import { copyJsonObject, isPlainObject } from "./plain-json.ts";
import { refuseUnknownFields } from "./unknown-fields.ts";
import { responseFormatOf } from "./wire-format.ts";

/** What stands in for fields that a configuration leaves out. */
export interface ConfigDefaults {
  readonly model?: string | undefined;
}

/** Members of the definition that a field of the configuration sets. */
const SET_BY: ReadonlyMap<string, string> = new Map([
  ["model", "model"],
  ["instructions", "instructions"],
  ["tools", "tools"],
  ["temperature", "temperature"],
  ["top_p", "topP"],
  ["reasoning", "reasoning"],
]);

/**
 * Checks a configuration and brings it into normal form: a deeply frozen copy, its definition as the service takes it, its fingerprint.
 *
 * Throws `invalid_config`, `invalid_name`, `unknown_field` (with the nearest known field) or `model_missing`; each names field, expectation and value.
 */
export function normalizeConfig(config: unknown, defaults: ConfigDefaults = {}): NormalConfig {
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw unexpected("config", "a configuration object", config);
  }
  refuseUnknownFields(config, CONFIG_FIELDS);
  const fields = readConfigFields(config);
  assertAgentName(fields.agentName);
  const model = fields.model ?? defaults.model;
  if (model === undefined || model.trim() === "") throw withoutModel(fields.agentName);
  const tools = normalTools(fields.tools, fields.enableWebSearch ?? false);
  const definition = definitionOf(fields, model, tools);
  return Object.freeze({
    agentName: fields.agentName,
    definition,
    metadata: readMetadata(fields.metadata ?? {}),
    description: fields.description,
    fingerprint: fingerprintOf(definition),
    model,
    webSearchEnabled: searchesWeb(tools),
    ...(fields.owned === undefined ? {} : { owned: readOwned(fields.owned) }),
  });
}

function definitionOf(fields: ConfigFields, model: string, tools: readonly JsonObject[] | undefined): JsonObject {
  const further = furtherMembers(fields.definition ?? {});
  const named = {
    kind: "prompt",
    model,
    instructions: fields.instructions?.replaceAll(/\r\n?/g, "\n"),
    tools,
    temperature: fields.temperature,
    top_p: fields.topP,
    text: textOf(fields.responseFormat, further["text"]),
    reasoning: fields.reasoning,
  };
  return copyJsonObject({ ...further, ...named }, "definition");
}

/** What the caller put under `definition`, as it is, unless a field of the configuration is the place for it. */
function furtherMembers(definition: Readonly<Record<string, unknown>>): JsonObject {
  const further = copyJsonObject(definition, "definition");
  for (const [member, field] of SET_BY) {
    if (further[member] !== undefined) throw wrongPlace(childPath("definition", member), field);
  }
  const { kind, text } = further;
  if (kind !== undefined && kind !== "prompt") throw unexpected("definition.kind", '"prompt" or absent', kind);
  if (isPlainObject(text) && text["format"] !== undefined) throw wrongPlace("definition.text.format", "responseFormat");
  if (text !== undefined && !isPlainObject(text)) throw unexpected("definition.text", "an object", text);
  return further;
}

function textOf(format: unknown, further: JsonValue | undefined): JsonValue | undefined {
  if (format === undefined) return further;
  return { ...(further as JsonObject | undefined), format: responseFormatOf(format) };
}

function wrongPlace(place: string, field: string): TenureError {
  return new TenureError("invalid_config", `Expected \`${place}\` to be absent: the field \`${field}\` sets it`, {
    hint: `Move the value to \`${field}\`.`,
    details: { field: place, moveTo: field },
  });
}

function withoutModel(agentName: string): TenureError {
  return new TenureError(
    "model_missing",
    `Agent "${agentName}" has no model: neither its configuration nor a default names one`,
    {
      details: { field: "model" },
    },
  );
}
