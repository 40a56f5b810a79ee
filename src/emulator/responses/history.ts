import { findConversation } from "../conversations/find.ts";
import { ServiceError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { type Item, isItem, openCalls } from "../model/items.ts";
import { jsonObjects, textOf } from "../model/read-json.ts";
import type { EmulatorState, ResponseRecord } from "../state.ts";
import type { CreateRequest } from "./create-request.ts";

/** What was said before the request, oldest first. Throws a `ServiceError` when what it continues is not there. */
export function readHistory(state: EmulatorState, request: CreateRequest): Item[] {
  if (request.conversationId !== undefined) {
    return findConversation(state, request.conversationId).items.filter(isItem);
  }
  if (request.previousResponseId === undefined) return [];
  return before(state, request.previousResponseId).filter(isItem);
}

function before(state: EmulatorState, responseId: string): JsonObject[] {
  const turns: JsonObject[][] = [];
  let next: string | undefined = responseId;
  while (next !== undefined) {
    const record: ResponseRecord = findPrevious(state, next);
    const conversation = conversationUpTo(state, record);
    turns.push(conversation ?? [...record.input, ...jsonObjects(record.body["output"])]);
    next = conversation === undefined ? record.previousResponseId : undefined;
  }
  return turns.toReversed().flat();
}

function findPrevious(state: EmulatorState, id: string): ResponseRecord {
  const record = state.responses.get(id);
  if (record !== undefined) return record;
  const message = `Previous response with id '${id}' not found.`;
  throw new ServiceError(400, "previous_response_not_found", message, { param: "previous_response_id" });
}

/** Of a response made in a conversation: all that was said until it ended. */
function conversationUpTo(state: EmulatorState, record: ResponseRecord): JsonObject[] | undefined {
  if (record.conversationId === undefined) return undefined;
  const items = state.conversations.get(record.conversationId)?.items ?? [];
  const lastId = jsonObjects(record.body["output"]).at(-1)?.["id"];
  const end = items.findIndex((item) => item["id"] === lastId);
  return end === -1 ? undefined : items.slice(0, end + 1);
}

/**
 * Every tool output needs its call, every call its output, as the service demands
 * (https://github.com/microsoft/agent-framework/issues/5041). Throws a `ServiceError` 400.
 */
export function checkToolOutputs(history: readonly Item[], input: readonly Item[]): void {
  const known = new Set(
    [...history, ...input].filter((item) => item.type.endsWith("_call")).map((item) => item["call_id"]),
  );
  for (const item of input) {
    if (item.type === "function_call_output" && !known.has(item["call_id"])) {
      refuse(`No tool call found for function call output with call_id ${textOf(item["call_id"])}.`);
    }
  }
  const [open] = openCalls([...history, ...input]).keys();
  if (open !== undefined) refuse(`No tool output found for function call ${open}.`);
}

function refuse(message: string): never {
  throw new ServiceError(400, "invalid_payload", message, { param: "input" });
}
