import { TenureError, type TenureErrorCode } from "../../errors/index.ts";
import type { WriteOutcome } from "../contract/index.ts";
import type { ServiceFailure } from "./http/service-failure.ts";
import { readContentFindings } from "./runs/read-content-findings.ts";

/** What an answer that says no means: for a write its kind, for a read its error. */
export interface Verdict {
  readonly kind: Exclude<WriteOutcome<never>["kind"], "ok">;
  readonly code: TenureErrorCode;
  /** Whether the same request can succeed later, unchanged. */
  readonly retryable?: boolean;
  readonly hint?: string;
}

interface Rule extends Verdict {
  readonly from: number;
  /** Included. Default: `from`. */
  readonly to?: number;
  readonly serviceCode?: RegExp;
  readonly message?: RegExp;
}

/**
 * The first rule that fits decides. `refused`, `conflict`, `throttled` and `not-found` promise that nothing was done, so only statuses are there
 * with which an HTTP service cannot have acted; everything else is `unknown`, after which the caller asks before it writes again (P2).
 *
 * Sources of codes and texts: `docs/foundry.md`, "Answers".
 */
const RULES: readonly Rule[] = [
  // Redirects are not followed: a body must not be sent twice, nor a token to another host.
  {
    from: 300,
    to: 399,
    kind: "refused",
    code: "wrong_endpoint",
    hint: "Use the address that the service itself has: it answered with a redirect.",
  },
  { from: 400, message: /too many valid agent revisions/i, kind: "refused", code: "version_limit" },
  { from: 400, kind: "refused", code: "service_refused" },
  { from: 401, kind: "refused", code: "unauthorized" },
  {
    from: 403,
    serviceCode: /^preview_feature_required$/,
    kind: "refused",
    code: "forbidden",
    hint: "The definition uses a preview feature that the project has not opted in to.",
  },
  { from: 403, kind: "refused", code: "forbidden" },
  // Only this code says that the agent is absent. Creating on any other 404 would fill a wrong project.
  { from: 404, serviceCode: /^not_found$/, kind: "not-found", code: "agent_not_found" },
  { from: 404, to: 405, kind: "refused", code: "wrong_endpoint" },
  // A proxy sends 408 when the service behind it was too slow, which may still have acted.
  { from: 408, kind: "unknown", code: "service_unavailable", retryable: true },
  {
    from: 409,
    serviceCode: /^agent_disabled$/,
    kind: "refused",
    code: "service_refused",
    hint: "Enable the agent: somebody disabled it.",
  },
  { from: 409, kind: "conflict", code: "service_conflict", retryable: true },
  { from: 412, kind: "conflict", code: "service_conflict", retryable: true },
  {
    from: 429,
    serviceCode: /^insufficient_quota$/,
    kind: "throttled",
    code: "service_throttled",
    hint: "Raise the quota: waiting does not help.",
  },
  { from: 429, kind: "throttled", code: "service_throttled", retryable: true },
  // 499 is a gateway's word for a client that went away: the service may have gone on.
  { from: 499, kind: "unknown", code: "service_unavailable", retryable: true },
  { from: 400, to: 499, kind: "refused", code: "service_refused" },
  { from: 500, to: 599, kind: "unknown", code: "service_unavailable", retryable: true },
];

const UNUSUAL: Verdict = { kind: "unknown", code: "service_protocol" };

export function judge(failure: ServiceFailure): Verdict {
  return RULES.find((rule) => fits(rule, failure)) ?? UNUSUAL;
}

function fits(rule: Rule, { status, code = "", message }: ServiceFailure): boolean {
  if (status < rule.from || status > (rule.to ?? rule.from)) return false;
  return (rule.serviceCode?.test(code) ?? true) && (rule.message?.test(message) ?? true);
}

/** The service said that the thing does not exist. */
export function isAbsence(failure: ServiceFailure): boolean {
  return judge(failure).kind === "not-found";
}

/** `request` as it stands in messages, e.g. `POST /agents/a/versions`. */
export function toServiceError(
  failure: ServiceFailure,
  request: string,
  verdict: Verdict = judge(failure),
): TenureError {
  const code = failure.code === undefined ? "" : ` (${failure.code})`;
  const contentFindings = readContentFindings(failure.contentFilters);
  return new TenureError(verdict.code, `Foundry answered ${failure.status}${code} to ${request}: ${failure.message}`, {
    status: failure.status,
    retryable: verdict.retryable ?? false,
    details: {
      request,
      ...(failure.code === undefined ? {} : { serviceCode: failure.code }),
      ...(contentFindings.length === 0 ? {} : { contentFindings }),
    },
    ...(verdict.hint === undefined ? {} : { hint: verdict.hint }),
    ...(failure.requestId === undefined ? {} : { requestId: failure.requestId }),
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  });
}

/** What is known after a write that the service did not accept. */
export function toRefusal(
  failure: ServiceFailure,
  request: string,
): Exclude<WriteOutcome<never>, { readonly kind: "ok" }> {
  const verdict = judge(failure);
  const error = toServiceError(failure, request, verdict);
  return verdict.kind === "throttled"
    ? { kind: verdict.kind, error, retryAfterMs: failure.retryAfterMs }
    : { kind: verdict.kind, error };
}
