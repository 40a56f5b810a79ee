import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { isJsonObject, parseJson, readText } from "./json.ts";
import { type HeaderReader, readRetryAfterMs } from "./retry-after.ts";

/** An answer by which the service, or something in front of it, said no. */
export interface ServiceFailure {
  readonly status: number;
  /** `error.code` of the body; absent in bodies of gateways. */
  readonly code: string | undefined;
  /** The service's own words in one line of at most 600 characters, or what came instead of words. */
  readonly message: string;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** `content_filters` of the error, as it came. */
  readonly contentFilters?: JsonValue | undefined;
}

/** An answer's head and whole body. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly text: string;
}

const MAX_MESSAGE_LENGTH = 600;
/** In the order in which Foundry, its gateway and older Azure services set them. */
const REQUEST_ID_HEADERS = ["x-request-id", "apim-request-id", "x-ms-request-id"] as const;

/** Reads any body: the API's `{"error":{…}}`, other JSON, a page of HTML, nothing. */
export function readFailure(answer: FailedAnswer, nowMs: number): ServiceFailure {
  const body = parseJson(answer.text);
  const error = isJsonObject(body) && isJsonObject(body["error"]) ? body["error"] : undefined;
  return {
    status: answer.status,
    code: error === undefined ? undefined : readCode(error),
    message: readMessage(error ?? body) ?? describeBody(answer),
    requestId: readRequestId(answer.headers) ?? (error === undefined ? undefined : readErrorRequestId(error)),
    retryAfterMs: readRetryAfterMs(answer.headers, nowMs),
    contentFilters: error?.["content_filters"],
  };
}

/** The service's id of the request, for its support. */
export function readRequestId(headers: HeaderReader): string | undefined {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers.get(name);
    if (value !== null && value !== undefined && value !== "") return value;
  }
  return undefined;
}

function readMessage(body: JsonValue | undefined): string | undefined {
  const message = isJsonObject(body) ? readText(body, "message") : undefined;
  return message === undefined || message.trim() === "" ? undefined : oneLine(message);
}

function readCode(error: JsonObject): string | undefined {
  const { code } = error;
  return typeof code === "number" ? String(code) : readText(error, "code");
}

/** Some errors carry their whole JSON again as text in the message, with the id in it (azure-sdk-for-net#58060). */
function readErrorRequestId(error: JsonObject): string | undefined {
  const info = error["additionalInfo"];
  const id = isJsonObject(info) ? readText(info, "request_id") : undefined;
  return id ?? /"request_id"\s*:\s*"([^"]+)"/.exec(readText(error, "message") ?? "")?.[1];
}

function describeBody(answer: FailedAnswer): string {
  if (answer.text.trim() === "") return "no body";
  const type = answer.headers.get("content-type")?.split(";", 1)[0] ?? "no content type";
  const visible = answer.text.replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, " ");
  return `a body of ${type}: ${oneLine(visible)}`;
}

function oneLine(text: string): string {
  // What follows a blank line is the same error once more as JSON.
  const [first = ""] = text.trim().split(/\r?\n\r?\n/, 1);
  const line = first.replaceAll(/\s+/g, " ").trim();
  return line.length > MAX_MESSAGE_LENGTH ? `${line.slice(0, MAX_MESSAGE_LENGTH)}…` : line;
}
