import type { JsonObject } from "../../config/index.ts";
import type { AgentService } from "../../services/contract/index.ts";

const UNANSWERED = JSON.stringify({
  error: { code: "aborted", message: "The run ended before this call was answered." },
});

/**
 * Answers for the calls in a conversation that nobody has answered. The service refuses every further question as long as there is one, so a run that
 * was cut off between a call and its result would make its session useless.
 */
export async function closeOpenCalls(
  service: AgentService,
  conversationId: string,
  signal: AbortSignal,
): Promise<readonly JsonObject[]> {
  const open = new Map<string, JsonObject>();
  for await (const { raw } of service.runs.listItems({ conversationId, signal })) {
    const callId = raw["call_id"];
    const approvalId = raw["approval_request_id"];
    if (raw["type"] === "function_call" && typeof callId === "string") {
      open.set(callId, { type: "function_call_output", call_id: callId, output: UNANSWERED });
    } else if (raw["type"] === "function_call_output" && typeof callId === "string") open.delete(callId);
    else if (raw["type"] === "mcp_approval_request" && typeof raw["id"] === "string") {
      open.set(raw["id"], { type: "mcp_approval_response", approval_request_id: raw["id"], approve: false });
    } else if (raw["type"] === "mcp_approval_response" && typeof approvalId === "string") open.delete(approvalId);
  }
  return [...open.values()];
}
