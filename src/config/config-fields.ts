import * as v from "valibot";
import { childPath, unexpected } from "./expectation.ts";
import { isPrintable } from "./names.ts";
import { isPlainObject } from "./plain-json.ts";

/** The service's limit for a description, and Tenure's own for instructions: the service names none. */
const MAX_DESCRIPTION = 512;
const MAX_INSTRUCTIONS = 256_000;
/** The service has room for 16 pairs, the stamp takes up to 6. */
const MAX_TAGS = 10;
const MAX_TAG_NAME = 64;
const MAX_TAG_VALUE = 512;
const MAX_MODEL = 256;
const EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"] as const;
const SUMMARIES = ["auto", "concise", "detailed"] as const;

const isPlain = v.custom<Record<string, unknown>>(isPlainObject, "a plain object");

/** Every message is the expectation that completes "Expected `field` to be …". */
const ConfigFields = v.object({
  agentName: v.unknown(),
  model: v.optional(
    v.pipe(
      v.string("a text"),
      v.check((name) => isPrintable(name, MAX_MODEL), `1 to ${MAX_MODEL} printable characters`),
    ),
  ),
  instructions: v.optional(text(MAX_INSTRUCTIONS)),
  description: v.optional(text(MAX_DESCRIPTION)),
  enableWebSearch: v.optional(v.boolean("true or false")),
  temperature: v.optional(numberTo(2)),
  topP: v.optional(numberTo(1)),
  tools: v.optional(v.unknown()),
  responseFormat: v.optional(v.unknown()),
  reasoning: v.optional(
    v.pipe(isPlain, v.looseObject({ effort: v.optional(oneOf(EFFORTS)), summary: v.optional(oneOf(SUMMARIES)) })),
  ),
  metadata: v.optional(isPlain),
  definition: v.optional(isPlain),
  owned: v.optional(isPlain),
});

/** The names of the fields, in the order in which they are checked. */
export const CONFIG_FIELDS: readonly string[] = Object.keys(ConfigFields.entries);

/** The fields of a configuration, each of its own type; what they hold together is checked later. */
export interface ConfigFields {
  readonly agentName?: unknown;
  readonly model?: string | undefined;
  readonly instructions?: string | undefined;
  readonly description?: string | undefined;
  readonly enableWebSearch?: boolean | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly tools?: unknown;
  readonly responseFormat?: unknown;
  readonly reasoning?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly definition?: Readonly<Record<string, unknown>> | undefined;
  readonly owned?: Readonly<Record<string, unknown>> | undefined;
}

/** Checks the fields one by one. Throws `invalid_config` for the first that is wrong. */
export function readConfigFields(config: object): ConfigFields {
  const result = v.safeParse(ConfigFields, { agentName: undefined, ...config }, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).reduce((parent, { key }) => childPath(parent, String(key)), "");
  throw unexpected(path, issue.message, issue.input);
}

/** Checks the caller's tags. Throws `invalid_config`. */
export function readMetadata(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const tags: [string, string][] = [];
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined) continue;
    const path = childPath("metadata", name.slice(0, MAX_TAG_NAME));
    if (!isPrintable(name, MAX_TAG_NAME))
      throw unexpected("metadata", `tags with names of 1 to ${MAX_TAG_NAME} printable characters`, name);
    if (name.startsWith("tenure_"))
      throw unexpected("metadata", "tags whose names do not begin with `tenure_`, which are Tenure's own", name);
    if (typeof value !== "string" || value.length > MAX_TAG_VALUE || !value.isWellFormed()) {
      throw unexpected(path, `a text of at most ${MAX_TAG_VALUE} characters`, value);
    }
    tags.push([name, value]);
  }
  if (tags.length > MAX_TAGS) throw unexpected("metadata", `at most ${MAX_TAGS} tags`, tags);
  return Object.freeze(Object.fromEntries(tags));
}

function text(most: number): v.GenericSchema<string> {
  return v.pipe(
    v.string("a text"),
    v.maxLength(most, `a text of at most ${most} characters`),
    v.check((value) => value.isWellFormed(), "whole Unicode text (it has an unpaired surrogate)"),
  );
}

function numberTo(most: number): v.GenericSchema<number> {
  const expectation = `a number from 0 to ${most}`;
  return v.pipe(v.number(expectation), v.minValue(0, expectation), v.maxValue(most, expectation));
}

function oneOf<const Words extends readonly string[]>(words: Words): v.GenericSchema<Words[number]> {
  return v.picklist(words, `one of ${words.map((word) => `"${word}"`).join(", ")}`);
}
