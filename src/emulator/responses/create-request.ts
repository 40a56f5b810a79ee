import { invalidPayload, ServiceError } from "../errors.ts";
import { readMetadata } from "../conversations/metadata.ts";
import { describeValue, isJsonObject, type JsonObject } from "../json.ts";

/** An agent as a request names it. Without a version the agent's endpoint decides. */
export interface AgentReference {
  readonly name: string;
  readonly version?: string;
}

/** A request for a response, checked; what it leaves out is undefined or has the service's default. */
export interface CreateRequest {
  readonly body: JsonObject;
  readonly agent: AgentReference | undefined;
  readonly conversationId: string | undefined;
  readonly previousResponseId: string | undefined;
  readonly isStream: boolean;
  readonly isBackground: boolean;
  readonly isStored: boolean;
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly metadata: Record<string, string>;
}

/**
 * Checks the body of `POST …/responses`. `endpointAgent` is the agent whose own endpoint was called.
 * Throws a `ServiceError` 400 that names the field.
 */
export function readCreateRequest(raw: unknown, endpointAgent: string | undefined): CreateRequest {
  if (!isJsonObject(raw)) throw invalidPayload("body", "Expected a JSON object.");
  const body = raw;
  const agent = readAgent(body, endpointAgent);
  // Verbatim: https://github.com/microsoft/agent-framework/issues/5130
  if (agent !== undefined && isGiven(body["tools"]))
    throw invalidPayload("tools", "Not allowed when agent is specified.");
  const request = {
    body,
    agent,
    conversationId: readConversation(body["conversation"]),
    previousResponseId: readText(body, "previous_response_id"),
    isStream: readFlag(body, "stream", false),
    isBackground: readFlag(body, "background", false),
    isStored: readFlag(body, "store", true),
    maxOutputTokens: readNumber(body, "max_output_tokens", { low: 1, high: 1e9, isWhole: true }),
    temperature: readNumber(body, "temperature", { low: 0, high: 2 }),
    topP: readNumber(body, "top_p", { low: 0, high: 1 }),
    metadata: readMetadata(body["metadata"]),
  };
  checkCombination(request);
  return request;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function checkCombination({
  body,
  agent,
  conversationId,
  previousResponseId,
  isBackground,
  isStored,
}: CreateRequest): void {
  if (conversationId !== undefined && previousResponseId !== undefined) {
    const message =
      "Mutually exclusive parameters: ['conversation', 'previous_response_id']. Ensure you are only providing one of them.";
    throw new ServiceError(400, "mutually_exclusive_parameters", message, { param: "previous_response_id" });
  }
  if (agent === undefined && typeof body["model"] !== "string") throw missing("model");
  if (!isGiven(body["input"]) && conversationId === undefined && previousResponseId === undefined)
    throw missing("input");
  if (isBackground && !isStored)
    throw invalidPayload("store", "Background responses must be stored: expected true, got false.");
}

function missing(param: string): ServiceError {
  return new ServiceError(400, "missing_required_parameter", `Missing required parameter: '${param}'.`, { param });
}

function readAgent(body: JsonObject, endpointAgent: string | undefined): AgentReference | undefined {
  if (isGiven(body["agent"])) {
    // https://github.com/MicrosoftLearning/mslearn-ai-agents/issues/157
    throw invalidPayload("agent", "The 'agent' property is deprecated. Use 'agent_reference' instead.");
  }
  const reference = body["agent_reference"];
  if (endpointAgent !== undefined) return { name: endpointAgent };
  if (!isGiven(reference)) return undefined;
  if (!isJsonObject(reference) || reference["type"] !== "agent_reference") {
    throw invalidPayload(
      "agent_reference",
      'Expected an object with type "agent_reference", name and, if wanted, version.',
    );
  }
  const { name, version } = reference;
  if (typeof name !== "string" || name === "") {
    throw invalidPayload("agent_reference.name", `Expected the name of an agent, got ${describeValue(name)}.`);
  }
  if (!isGiven(version)) return { name };
  if (typeof version === "string" && version !== "") return { name, version };
  throw invalidPayload("agent_reference.version", `Expected a version as text, got ${describeValue(version)}.`);
}

function readConversation(value: unknown): string | undefined {
  if (!isGiven(value)) return undefined;
  const id = isJsonObject(value) ? value["id"] : value;
  if (typeof id === "string") return id;
  throw invalidPayload("conversation", `Expected the id of a conversation, got ${describeValue(id)}.`);
}

function readText(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw invalidPayload(field, `Expected a string, got ${describeValue(value)}.`);
}

function readFlag(body: JsonObject, field: string, otherwise: boolean): boolean {
  const value = body[field] ?? otherwise;
  if (typeof value === "boolean") return value;
  throw invalidPayload(field, `Expected a boolean, got ${describeValue(value)}.`);
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly isWhole?: boolean;
}

function readNumber(body: JsonObject, field: string, range: Range): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  const fits = typeof value === "number" && value >= range.low && value <= range.high;
  if (fits && (range.isWhole !== true || Number.isInteger(value))) return value;
  const kind = range.isWhole === true ? "a whole number" : "a number";
  throw invalidPayload(field, `Expected ${kind} from ${range.low} to ${range.high}, got ${describeValue(value)}.`);
}
