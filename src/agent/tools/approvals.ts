import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { ApprovalRequest } from "../../services/contract/index.ts";
import type { RunScope } from "../pipeline/run-scope.ts";
import { untilAborted } from "../pipeline/until-aborted.ts";

/** What the decision may rest on beside the request. */
export interface ApprovalContext {
  readonly agentName: string;
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Of the run. */
  readonly requestId: string;
  /** Fires when the run is cancelled or its time is over: the answer is not needed any more then. */
  readonly signal: AbortSignal;
}

/** The word on one call. A reason is shown to the model. */
export type ApprovalDecision = boolean | { readonly approve: boolean; readonly reason?: string | undefined };

/** Decides on one call of an MCP tool. One that throws, or gives anything else than a decision, refuses. */
export type ApprovalHandler = (
  request: ApprovalRequest,
  context: ApprovalContext,
) => ApprovalDecision | Promise<ApprovalDecision>;

/** Asks for the word on every request, all at once, and gives the input items that carry the answers. */
export async function decideApprovals(
  run: RunScope,
  requests: readonly ApprovalRequest[],
): Promise<readonly JsonObject[]> {
  return Promise.all(
    requests.map(async (request) => {
      const { approve, reason } = await decide(run, request);
      run.emit({ type: "approval", request, approved: approve, reason });
      return {
        type: "mcp_approval_response",
        approval_request_id: request.id,
        approve,
        ...(reason === undefined ? {} : { reason }),
      };
    }),
  );
}

async function decide(
  run: RunScope,
  request: ApprovalRequest,
): Promise<{ readonly approve: boolean; readonly reason: string | undefined }> {
  const { onApproval } = run.settings;
  if (onApproval === undefined) return { approve: false, reason: "Nobody is there to approve it." };
  const { agentName, sessionId } = run.settings;
  try {
    const context = { agentName, sessionId, userId: run.request.userId, requestId: run.requestId, signal: run.signal };
    return readDecision(await untilAborted(Promise.resolve(onApproval(request, context)), run.signal));
  } catch (thrown) {
    if (run.signal.aborted) throw thrown;
    return { approve: false, reason: `The approval failed: ${TenureError.from(thrown).message}` };
  }
}

/** A caller without types may return anything: only a clear yes is a yes. */
function readDecision(decision: unknown): { readonly approve: boolean; readonly reason: string | undefined } {
  if (typeof decision !== "object" || decision === null) return { approve: decision === true, reason: undefined };
  const approve = "approve" in decision && decision.approve === true;
  return { approve, reason: "reason" in decision && typeof decision.reason === "string" ? decision.reason : undefined };
}
