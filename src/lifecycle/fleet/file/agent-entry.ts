import * as v from "valibot";
import { described, json, oneOf, text } from "./field.ts";

const texts = v.array(v.pipe(text, v.minLength(1, "a text that is not empty")), "a list of texts");

/** What to do with an agent of this name that the fleet did not make. */
export const UNMANAGED = ["adopt-if-equal", "adopt", "take-over", "fail"] as const;
/** What to do when somebody changed the agent in the service. */
export const DRIFT = ["report", "adopt", "revert", "fail"] as const;
/** What to do with an agent that the file does not name any more. */
export const RETIRE = ["keep", "mark", "delete"] as const;

const ServiceTool = v.looseObject({ type: v.string("the name of a tool type") }, "a tool with a `type`");

/** The members of an agent in a fleet file. What they mean for the service is checked with the whole configuration. */
export const AgentEntry = v.strictObject(
  {
    source: described(
      text,
      "A file with Microsoft's declarative prompt agent (`kind: Prompt`). What is said here wins over it.",
    ),
    model: described(text, "Name of the model deployment. Default: that of `defaults`, else of the environment."),
    instructions: described(text, "System prompt."),
    instructions_file: described(text, "A text file with the system prompt, relative to the fleet file."),
    description: described(text, "At most 512 characters."),
    web_search: described(v.boolean("true or false"), "Adds the service's `web_search` tool."),
    tools: described(
      v.array(
        v.union([v.pipe(text, v.minLength(1)), ServiceTool], "the name of a tool, or a tool with a `type`"),
        "a list of tools",
      ),
      "Tools in the service's shape, or names of the top level's `tools`. At most 128.",
    ),
    temperature: described(
      v.pipe(
        v.number("a number from 0 to 2"),
        v.minValue(0, "a number from 0 to 2"),
        v.maxValue(2, "a number from 0 to 2"),
      ),
      "0 to 2.",
    ),
    top_p: described(
      v.pipe(
        v.number("a number from 0 to 1"),
        v.minValue(0, "a number from 0 to 1"),
        v.maxValue(1, "a number from 0 to 1"),
      ),
      "0 to 1.",
    ),
    response_format: described(
      v.union(
        [
          oneOf(["text", "json_object"]),
          v.strictObject({ name: v.optional(text), schema: json, strict: v.optional(v.boolean("true or false")) }),
        ],
        '"text", "json_object" or { name, schema, strict }',
      ),
      "How answers look: `text`, `json_object`, or a JSON Schema.",
    ),
    reasoning: described(
      v.looseObject({ effort: v.optional(text), summary: v.optional(text) }, "a mapping"),
      "How much a reasoning model thinks.",
    ),
    metadata: described(
      v.record(v.string(), text, "a mapping of texts"),
      "Tags of the agent in the service: at most 10.",
    ),
    definition: described(json, "Further members of the service's prompt definition, passed on as they are."),
    aliases: described(texts, "Aliases that stand for this configuration once it is applied."),
    owner: described(text, "Who answers for the agent."),
    purpose: described(text, "What the agent is for."),
    unmanaged: described(
      oneOf(UNMANAGED),
      "What to do with an agent of this name that nobody stamped. Default: that of `policies`.",
    ),
    drift: described(
      oneOf(DRIFT),
      "What to do when somebody changed the agent in the service. Default: that of `policies`.",
    ),
  },
  "a mapping",
);

/** An agent of a fleet file, checked. */
export type AgentEntry = v.InferOutput<typeof AgentEntry>;
