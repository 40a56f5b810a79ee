import { TenureError } from "../../errors/index.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import { recoverScope } from "./recover-scope.ts";

/** The sweep that a manager runs once after it has opened (`recoverOnStart`). Nobody waits for it; what comes of it is an event. Never rejects. */
export async function sweepAtStart(context: ProtocolContext, signal: AbortSignal): Promise<void> {
  try {
    const { adopted, duplicatesRemoved, missing, busy, failed } = await recoverScope(context, { signal });
    context.emit({ type: "recovery.swept", adopted, duplicatesRemoved, missing, busy, failed: failed.length });
  } catch (thrown) {
    const { code, message } = TenureError.from(thrown);
    context.emit({ type: "recovery.failed", code, message });
  }
}
