import { TenureError } from "../../errors/index.ts";
import type { ModelResponse } from "../../services/contract/index.ts";

/**
 * The failure that the service's answer reports, if it reports one: `content_filtered` when a filter stopped input or output, `run_incomplete` when it was
 * cut off, `aborted` when somebody cancelled it in the service, else `run_failed`.
 */
export function failureOf(response: ModelResponse, outputLimit: number | undefined): TenureError | undefined {
  const { contentFindings } = response;
  const options = {
    details: {
      responseId: response.id,
      ...(response.error === undefined ? {} : { serviceCode: response.error.code }),
      ...(contentFindings.length === 0 ? {} : { contentFindings }),
    },
    ...(response.requestId === undefined ? {} : { requestId: response.requestId }),
  };
  switch (response.status) {
    case "completed":
      return undefined;
    case "incomplete":
      return incomplete(response, options, outputLimit);
    case "cancelled":
      return new TenureError("aborted", "The answer was cancelled in the service.", options);
    case "failed":
      return failed(response, options);
    default:
      return new TenureError(
        "service_protocol",
        `The service ended an answer in the state ${response.status}.`,
        options,
      );
  }
}

type ErrorFacts = ConstructorParameters<typeof TenureError>[2];

function incomplete(response: ModelResponse, options: ErrorFacts, outputLimit: number | undefined): TenureError {
  const reason = response.incompleteReason ?? "unknown";
  const details = { ...options?.details, reason };
  if (reason === "content_filter") {
    return new TenureError("content_filtered", "The content filter stopped the answer.", { ...options, details });
  }
  const limit = reason === "max_output_tokens" && outputLimit !== undefined ? ` of ${outputLimit}` : "";
  return new TenureError("run_incomplete", `The answer is not complete: ${reason}${limit}.`, {
    ...options,
    details,
    hint: "Ask for less, or pass a greater `maxOutputTokens`: without it the budget gives each call its share.",
  });
}

function failed(response: ModelResponse, options: ErrorFacts): TenureError {
  const { error } = response;
  const message = `The answer failed: ${error?.message ?? "the service gave no reason"}`;
  if (error?.code === "content_filter") return new TenureError("content_filtered", message, options);
  return new TenureError("run_failed", message, {
    ...options,
    retryable: error?.code === "server_error" || error?.code === "rate_limit_exceeded",
  });
}
