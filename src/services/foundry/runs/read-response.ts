import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type { ApprovalRequest, FunctionCall, ModelResponse, ResponseStatus, TokenUsage } from "../../contract/index.ts";
import { isJsonObject, readText } from "../http/json.ts";
import { readContentFindings } from "./read-content-findings.ts";

const STATUSES: Readonly<Record<ResponseStatus, true>> = {
  completed: true,
  failed: true,
  incomplete: true,
  cancelled: true,
  in_progress: true,
  queued: true,
};

/** A `response` object as the service sent it. Throws `service_protocol` if it has no id or no known status. */
export function readResponse(value: unknown, requestId: string | undefined): ModelResponse {
  const response = isJsonObject(value) ? value : {};
  const id = readText(response, "id");
  const { status } = response;
  if (id === undefined || !isStatus(status)) {
    throw new TenureError(
      "service_protocol",
      "Foundry sent something in place of a response: it has no `id` or no known `status`.",
      requestId === undefined ? {} : { requestId },
    );
  }
  const output = objects(response["output"]);
  const details = response["incomplete_details"];
  return {
    id,
    status,
    text: joinParts(output, "output_text", "text") ?? "",
    refusal: joinParts(output, "refusal", "refusal"),
    functionCalls: ofType(output, "function_call").map(toFunctionCall),
    approvalRequests: ofType(output, "mcp_approval_request").map(toApprovalRequest),
    usage: readUsage(response["usage"]),
    incompleteReason: isJsonObject(details) ? readText(details, "reason") : undefined,
    error: readError(response["error"]),
    contentFindings: readContentFindings(response["content_filters"]),
    model: readText(response, "model"),
    output,
    requestId,
  };
}

/** The text of a message's parts: what was said, by whomever. */
export function readMessageText(item: JsonObject): string {
  const { content } = item;
  if (typeof content === "string") return content;
  return objects(content)
    .map((part) => readText(part, "text") ?? "")
    .join("");
}

function isStatus(value: unknown): value is ResponseStatus {
  return typeof value === "string" && Object.hasOwn(STATUSES, value);
}

/** The members of every message's parts of one type, joined; `undefined` if there is no such part. */
function joinParts(output: readonly JsonObject[], type: string, member: string): string | undefined {
  const parts = ofType(output, "message").flatMap((message) => ofType(objects(message["content"]), type));
  return parts.length === 0 ? undefined : parts.map((part) => readText(part, member) ?? "").join("");
}

function toFunctionCall(item: JsonObject): FunctionCall {
  return {
    callId: readText(item, "call_id") ?? "",
    name: readText(item, "name") ?? "",
    arguments: readText(item, "arguments") ?? "",
  };
}

function toApprovalRequest(item: JsonObject): ApprovalRequest {
  return {
    id: readText(item, "id") ?? "",
    serverLabel: readText(item, "server_label") ?? "",
    name: readText(item, "name") ?? "",
    arguments: readText(item, "arguments") ?? "",
  };
}

function readUsage(value: unknown): TokenUsage | undefined {
  if (!isJsonObject(value)) return undefined;
  const inputTokens = readCount(value["input_tokens"]);
  const outputTokens = readCount(value["output_tokens"]);
  return {
    inputTokens,
    cachedInputTokens: readDetail(value["input_tokens_details"], "cached_tokens"),
    outputTokens,
    reasoningTokens: readDetail(value["output_tokens_details"], "reasoning_tokens"),
    totalTokens: typeof value["total_tokens"] === "number" ? value["total_tokens"] : inputTokens + outputTokens,
  };
}

function readDetail(value: JsonValue | undefined, member: string): number {
  return isJsonObject(value) ? readCount(value[member]) : 0;
}

function readCount(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

function readError(value: unknown): ModelResponse["error"] {
  if (!isJsonObject(value)) return undefined;
  return {
    code: readText(value, "code") ?? "unknown",
    message: readText(value, "message") ?? "The service gave no reason.",
  };
}

function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function ofType(items: readonly JsonObject[], type: string): readonly JsonObject[] {
  return items.filter((item) => item["type"] === type);
}
