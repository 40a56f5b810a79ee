import type { TenureError, TenureErrorCode } from "../../errors/index.ts";

/** Codes that say it by themselves: nothing was sent, or the service has refused it. */
const REFUSALS: ReadonlySet<TenureErrorCode> = new Set([
  "closed",
  "package_missing",
  "endpoint_missing",
  "invalid_option",
  "unauthorized",
  "forbidden",
  "wrong_endpoint",
  "service_refused",
  "service_throttled",
  "content_filtered",
  "agent_not_found",
  "session_not_found",
  "session_busy",
]);
/** A proxy's word for a service that was too slow, and a gateway's for a client that went away: the service may have gone on. */
const UNCERTAIN = new Set([408, 499]);

/**
 * Whether a model call that failed was certainly not begun, so that it cost nothing: it was refused (3xx, 4xx, 503 with a wait), or it never left this process
 * (`details.sent` is `false`). After everything else the model may have answered, and its tokens may be on the bill.
 */
export function isCertainlyUnused({ code, status, retryAfterMs, details }: TenureError): boolean {
  if (details["sent"] === false) return true;
  if (status === undefined) return REFUSALS.has(code);
  if (status === 503) return retryAfterMs !== undefined;
  return status >= 300 && status <= 499 && !UNCERTAIN.has(status);
}
