import { findConversation, lockConversation } from "../conversations/find.ts";
import type { RouteContext } from "../http/route.ts";
import type { JsonObject } from "../json.ts";
import { answerRequest } from "../model/engine.ts";
import { jsonObjects } from "../model/read-json.ts";
import type { ResponseRecord } from "../state.ts";
import { type Call, prepareCall } from "./call.ts";
import type { CreateRequest } from "./create-request.ts";
import { answerEvents, openingEvents, type ResponseEvent } from "./events.ts";
import { endBody, startBody } from "./response-body.ts";

/** The making of one response. */
export interface Run {
  readonly context: RouteContext;
  readonly call: Call;
  readonly record: ResponseRecord;
  /** The response as it was before the answer. */
  readonly started: JsonObject;
  /** Lets the conversation go. */
  readonly release: () => void;
}

/** How long a background response stays `queued`, and then at least `in_progress`, in milliseconds. */
const BACKGROUND_STEP_MS = 50;

/** Checks everything, holds the conversation and stores the response as started. Throws a `ServiceError` before any effect. */
export function openRun(context: RouteContext, request: CreateRequest): Run {
  if (request.conversationId !== undefined) findConversation(context.state, request.conversationId);
  const call = prepareCall(context, request);
  const locked = context.options.behaviour.lockConversations ? request.conversationId : undefined;
  const release = lockConversation(context.state, locked);
  const id = context.ids.next("resp");
  const started = startBody(context, call, id);
  const record: ResponseRecord = {
    id,
    body: started,
    input: [...call.model.input],
    conversationId: request.conversationId,
    previousResponseId: request.previousResponseId,
  };
  if (request.isStored) context.state.responses.set(record.id, record);
  context.state.counters.created.responses += 1;
  return { context, call, record, started, release };
}

/**
 * Makes the answer, tells `emit` of every step, and commits it before the last one. A client that has gone changes
 * nothing. Rejects with the signal's reason when aborted, and has then no effect.
 */
export async function performRun(run: Run, emit: (event: ResponseEvent) => void, signal?: AbortSignal): Promise<void> {
  const { context, call, record, started } = run;
  const stepMs = call.request.isBackground ? BACKGROUND_STEP_MS : 0;
  try {
    for (const event of openingEvents(started)) emit(event);
    await context.clock.sleep(stepMs, signal);
    record.body = { ...started, status: "in_progress" };
    const { answer, usage } = await answerRequest(call.model, context.options, signal);
    const ended = endBody(context, started, answer, usage);
    await context.clock.sleep(stepMs, signal);
    for (const event of answerEvents(ended)) {
      if (event.type.endsWith(".delta") && answer.paceMs !== undefined)
        await context.clock.sleep(answer.paceMs, signal);
      if (event["response"] === ended) commit(run, ended);
      emit(event);
    }
  } finally {
    run.release();
  }
}

function commit(run: Run, ended: JsonObject): void {
  const { context, record } = run;
  record.body = ended;
  const conversation = context.state.conversations.get(record.conversationId ?? "");
  // A response that failed leaves no trace in its conversation, so that the same input can be sent again.
  if (ended["status"] !== "failed") conversation?.items.push(...record.input, ...jsonObjects(ended["output"]));
  context.changed();
}
