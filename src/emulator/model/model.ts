import type { Item, ItemDraft } from "./items.ts";
import type { JsonObject } from "../json.ts";

/** Everything one model call depends on; the agent's definition is already merged in. */
export interface ModelRequest {
  /** Deployment name. */
  readonly model: string;
  /** Who answers: `name:version` of an agent, or the deployment name when there is none. */
  readonly speaker: string;
  readonly instructions: string;
  /** What was said before this request, oldest first. */
  readonly history: readonly Item[];
  /** What this request adds. */
  readonly input: readonly Item[];
  readonly tools: readonly JsonObject[];
  /** As the service takes it: `auto`, `none`, `required` or an object that names a tool. */
  readonly toolChoice: unknown;
  /** `text.format` of the request or of the agent; undefined means plain text. */
  readonly format: JsonObject | undefined;
  /** Upper bound for the output in tokens. */
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
}

export type ModelEnd =
  | { readonly status: "completed" }
  | { readonly status: "incomplete"; readonly reason: "max_output_tokens" | "content_filter" }
  | { readonly status: "failed"; readonly code: string; readonly message: string };

/** Token counts of one call, in the words of the wire. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export interface ModelAnswer {
  readonly output: readonly ItemDraft[];
  readonly end: ModelEnd;
  /** Counted by an upstream server. Absent: the emulator counts. */
  readonly usage?: ModelUsage;
  /** Milliseconds between two deltas of a stream, and before a background response ends. Default 0. */
  readonly paceMs?: number;
}
