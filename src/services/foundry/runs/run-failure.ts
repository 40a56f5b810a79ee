import type { TenureError, TenureErrorCode } from "../../../errors/index.ts";
import type { ServiceFailure } from "../http/service-failure.ts";
import { judge, toServiceError, type Verdict } from "../outcome.ts";

/** What a request about runs speaks of, so that a 404 can be told whose it is. */
export interface RunSubject {
  /** As it stands in messages, e.g. `POST /responses`. */
  readonly request: string;
  /** The conversation, or the response that is continued. */
  readonly conversationId?: string | undefined;
  /** The response that is read or stopped. */
  readonly responseId?: string | undefined;
}

interface RunRule {
  readonly code: TenureErrorCode;
  readonly retryable?: boolean;
  readonly hint?: string;
  readonly fits: (failure: ServiceFailure, subject: RunSubject) => boolean;
}

/** Before the table of the agents' answers: what only runs can be told. The first rule that fits decides. */
const RULES: readonly RunRule[] = [
  {
    code: "content_filtered",
    fits: ({ code, message }) =>
      code?.startsWith("content_filter") === true || /ResponsibleAIPolicyViolation/.test(message),
  },
  {
    code: "session_busy",
    retryable: true,
    fits: ({ code }) => code === "conversation_locked",
  },
  {
    code: "session_not_found",
    fits: ({ status, code, message }, { conversationId }) =>
      (status === 404 && code !== "404" && (names(message, conversationId) || /^conversation\b/i.test(message))) ||
      code === "conversation_not_found" ||
      code === "previous_response_not_found",
  },
  {
    code: "run_failed",
    hint: "The service keeps no such response: start the run anew.",
    fits: ({ status, message }, { responseId }) => status === 404 && names(message, responseId),
  },
  {
    code: "service_refused",
    hint: "Deploy the model in the project, or name one that is.",
    fits: ({ code }) => code === "DeploymentNotFound",
  },
];

/** The failure of a request about runs, as an error. */
export function toRunError(failure: ServiceFailure, subject: RunSubject): TenureError {
  const rule = RULES.find(({ fits }) => fits(failure, subject));
  if (rule === undefined) return toServiceError(failure, subject.request);
  const verdict: Verdict = { ...judge(failure), code: rule.code, retryable: rule.retryable ?? false };
  return toServiceError(
    failure,
    subject.request,
    rule.hint === undefined ? withoutHint(verdict) : { ...verdict, hint: rule.hint },
  );
}

/** The service said that it did not begin: only then may a run be repeated, for it may have spoken, called tools and cost money. */
export function isNotBegun(error: TenureError): boolean {
  if (!error.retryable) return false;
  return error.code === "service_throttled" || (error.status === 503 && error.retryAfterMs !== undefined);
}

function withoutHint({ kind, code, retryable = false }: Verdict): Verdict {
  return { kind, code, retryable };
}

function names(message: string, id: string | undefined): boolean {
  return id !== undefined && message.includes(id);
}
