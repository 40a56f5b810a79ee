import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonObject } from "./json.ts";

/** A tool in the service's own shape. Unknown types and members are passed on. */
export interface ServiceTool extends JsonObject {
  readonly type: string;
}

/** What a handler is told beside its arguments. */
export interface ToolCallContext {
  /** Fires when the run is cancelled or the tool's time is over. */
  readonly signal: AbortSignal;
  readonly callId: string;
  readonly agentName: string;
  readonly sessionId: string | undefined;
}

/** A function that runs in this process when the model calls it. Made by `defineTool`. */
export interface LocalTool<Input = unknown> {
  readonly type: "function";
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments. */
  readonly parameters: JsonObject;
  /** Whether the service holds the model's arguments to the schema exactly. Part of the fingerprint. */
  readonly strict: boolean;
  /** Checks the arguments before the handler sees them, when the tool was made from a Standard Schema. */
  readonly schema: StandardSchemaV1 | undefined;
  /** The result goes to the model as text: a string as it is, anything else as JSON. */
  readonly handler: (input: Input, context: ToolCallContext) => unknown;
}

/** Anything that `AgentConfig.tools` takes. */
// The handler's input is checked by its own schema before it is called, so a list may hold tools of any input.
export type AgentTool = ServiceTool | LocalTool<never>;
