import type { JsonObject } from "./json.ts";
import type { OwnedNames } from "./owned.ts";
import type { ResponseFormat } from "./response-format.ts";
import type { AgentTool } from "./tool.ts";

/** How much a reasoning model thinks. Passed to the service as `definition.reasoning`. */
export interface ReasoningConfig {
  readonly effort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | undefined;
  readonly summary?: "auto" | "concise" | "detailed" | undefined;
}

/**
 * What a caller declares: the one agent that fits this is what it gets.
 *
 * Everything that changes the agent's behaviour goes into its fingerprint; `metadata` and `description` do not, and neither does `agentName`.
 */
export interface AgentConfig {
  /** The caller's name of the agent, 1 to 63 characters. The service's own name rules are the adapter's affair. */
  readonly agentName: string;
  /** System prompt. Line ends are normalised to `\n`. At most 256,000 characters. */
  readonly instructions?: string | undefined;
  /** Name of the model deployment. Default: the manager's `model`, else `FOUNDRY_MODEL_NAME`. */
  readonly model?: string | undefined;
  /** Tools in the service's shape (`{ type: "code_interpreter" }`), or local functions made by `defineTool`. At most 128. Their order has no meaning. */
  readonly tools?: readonly AgentTool[] | undefined;
  /** Adds the service's `web_search` tool. Default `false`. */
  readonly enableWebSearch?: boolean | undefined;
  /** 0 to 2. */
  readonly temperature?: number | undefined;
  /** 0 to 1. */
  readonly topP?: number | undefined;
  /** `"text"`, `"json_object"`, or a schema that every answer must fit. */
  readonly responseFormat?: ResponseFormat | undefined;
  readonly reasoning?: ReasoningConfig | undefined;
  /** The caller's own tags: at most 10 pairs (the service has room for 16, the stamp takes up to 6), key to 64, value to 512 characters, no key that begins with `tenure_`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** At most 512 characters. */
  readonly description?: string | undefined;
  /** Further members of the service's prompt definition (`tool_choice`, `structured_inputs`, `rai_config`, …), passed on as they are. */
  readonly definition?: JsonObject | undefined;
  /**
   * What goes with the agent when it is cleaned up as a whole: at most 100 ids of each kind. Not part of the fingerprint. Left out, what was named before
   * stays named; `{}` empties it.
   */
  readonly owned?: OwnedNames | undefined;
}

/** A configuration that was checked and brought into normal form. Deeply frozen. */
export interface NormalConfig {
  readonly agentName: string;
  /** The whole definition as the service takes it: `kind: "prompt"`, `model`, `instructions`, sorted `tools`, … */
  readonly definition: JsonObject;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string | undefined;
  /** Of `definition` alone. */
  readonly fingerprint: Fingerprint;
  readonly model: string;
  readonly webSearchEnabled: boolean;
  /** Sorted, all three lists there; absent if the configuration says nothing. */
  readonly owned?: Readonly<Record<keyof OwnedNames, readonly string[]>> | undefined;
}

/** `v1:` and 64 hexadecimal digits: SHA-256 of the RFC 8785 JSON of a normalised definition. */
export type Fingerprint = `v1:${string}`;
