import type { JsonObject } from "../config/index.ts";
import type { ApprovalRequest } from "../services/contract/index.ts";
import type { AgentResponse } from "./agent-response.ts";
import type { ProgressEvent } from "./progress.ts";

/** What a run did on its own that its caller may want to know. Also collected in the response's `notices`. */
export type NoticeCode =
  /** The service had lost the session's conversation: a new one was begun, what was said before is gone. */
  | "conversation_lost"
  /** The agent had been deleted in the service: it was made again. */
  | "agent_repaired"
  /** The session goes on with the agent's new configuration. */
  | "session_moved"
  /** The revision that the session was pinned to is gone: it goes on with the present one. */
  | "pin_lost"
  /** An earlier run of the session ended in the middle of tool calls: the model was told that they were not answered. */
  | "calls_closed"
  /** No price is known for the model that answered, so the run's cost is not known: told once per deployment and model. */
  | "price_unknown"
  | "budget_warning"
  | "budget_degraded"
  | "evaluation_failed";

export interface RunNotice {
  readonly code: NoticeCode;
  readonly message: string;
}

/** What happens during a run, in order. The last one is always `result`. */
export type RunEvent<Parsed = unknown> =
  | ProgressEvent
  /** A piece of the answer. */
  | { readonly type: "text"; readonly delta: string }
  /** An output item of the service as it sent it: a web search, a message with its citations, … */
  | { readonly type: "item"; readonly item: JsonObject }
  /** A local tool is about to be called; `arguments` is JSON text as the model wrote it. */
  | { readonly type: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  /** It was called. `failed`: the model was given an error instead of a result. */
  | {
      readonly type: "tool_result";
      readonly callId: string;
      readonly name: string;
      readonly output: string;
      readonly failed: boolean;
      readonly durationMs: number;
    }
  /** A call of an MCP tool was allowed or refused. */
  | {
      readonly type: "approval";
      readonly request: ApprovalRequest;
      readonly approved: boolean;
      readonly reason: string | undefined;
    }
  | ({ readonly type: "notice" } & RunNotice)
  | { readonly type: "result"; readonly response: AgentResponse<Parsed> };
