import { itemPage } from "../conversations/paging.ts";
import { ServiceError } from "../errors.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import type { ResponseRecord } from "../state.ts";
import { countInputTokens, createResponse } from "./create.ts";
import { answerEvents, openingEvents, type ResponseEvent } from "./events.ts";
import { cancelJob, isJobRunning } from "./jobs.ts";
import { eventStream } from "./stream.ts";

/** Finds a stored response. One whose making was cut off by a restart has failed. Throws a `ServiceError` 404. */
function target({ state, params }: RouteContext): ResponseRecord {
  const id = params["response"] ?? "";
  const record = state.responses.get(id);
  if (record === undefined) throw new ServiceError(404, "not_found", `Response with id '${id}' not found.`);
  const { body } = record;
  if (body["background"] === true && isUnfinished(record) && !isJobRunning(state, id)) {
    const error = { code: "server_error", message: "The emulator was restarted before the response was made." };
    record.body = { ...body, status: "failed", error };
  }
  return record;
}

function isUnfinished({ body }: ResponseRecord): boolean {
  return body["status"] === "queued" || body["status"] === "in_progress";
}

const read: Handler = (context) => {
  const record = target(context);
  if (context.url.searchParams.get("stream") !== "true") return Response.json(record.body);
  const after = Number(context.url.searchParams.get("starting_after") ?? -1);
  return eventStream((emit) => replay(context, record, (event, number) => number > after && emit(event, number)));
};

type NumberedEmit = (event: ResponseEvent, number: number) => void;

// While the response is being made there is nothing to replay yet: wait in steps of so many milliseconds.
const REPLAY_STEP_MS = 20;

async function replay({ clock, signal }: RouteContext, record: ResponseRecord, emit: NumberedEmit): Promise<void> {
  while (isUnfinished(record)) await clock.sleep(REPLAY_STEP_MS, signal);
  const started = { ...record.body, status: "queued", output: [], usage: null };
  let number = 0;
  for (const event of [...openingEvents(started), ...answerEvents(record.body)]) {
    emit(event, number);
    number += 1;
  }
}

const remove: Handler = (context) => {
  const { id } = target(context);
  cancelJob(context.state, id);
  context.state.responses.delete(id);
  context.state.counters.deleted.responses += 1;
  return Response.json({ id, object: "response", deleted: true });
};

const cancel: Handler = (context) => {
  const record = target(context);
  if (record.body["background"] !== true) {
    throw new ServiceError(400, "invalid_request_error", "Cannot cancel a synchronous response.");
  }
  if (isUnfinished(record)) {
    cancelJob(context.state, record.id);
    record.body = { ...record.body, status: "cancelled" };
  }
  return Response.json(record.body);
};

const listInput: Handler = (context) => Response.json(itemPage(target(context).input, context.url.searchParams));

// The OpenAI client reaches a project through the first base, one agent's own endpoint through the second.
const BASES = ["/openai/v1", "/agents/:name/endpoint/protocols/openai"];

/** Responses, in the form of the OpenAI API. */
export const responseRoutes: readonly Route[] = BASES.flatMap((base): Route[] => {
  const one = `${base}/responses/:response`;
  return [
    { method: "POST", path: `${base}/responses`, handler: createResponse },
    { method: "POST", path: `${base}/responses/input_tokens`, handler: countInputTokens },
    { method: "GET", path: one, handler: read },
    { method: "DELETE", path: one, handler: remove },
    { method: "POST", path: `${one}/cancel`, handler: cancel },
    { method: "GET", path: `${one}/input_items`, handler: listInput },
  ];
});
