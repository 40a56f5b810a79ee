import type { Handler, RouteContext } from "../http/route.ts";
import { countInput, loadTokenizer } from "../model/tokens.ts";
import { prepareCall } from "./call.ts";
import { readCreateRequest } from "./create-request.ts";
import { runJob } from "./jobs.ts";
import { openRun, performRun, type Run } from "./run.ts";
import { type Emit, eventStream } from "./stream.ts";

const noEmit: Emit = () => {};

/** `POST …/responses`: whole, as a stream, in the background, or in the background and watched as a stream. */
export const createResponse: Handler = async (context) => {
  const request = readCreateRequest(await context.json(), context.params["name"]);
  const run = openRun(context, request);
  if (request.isStream) return eventStream((emit) => produce(run, emit));
  if (!request.isBackground) {
    await performRun(run, noEmit);
    return Response.json(run.record.body);
  }
  void produce(run, noEmit);
  return Response.json(run.started);
};

async function produce(run: Run, emit: Emit): Promise<void> {
  if (run.call.request.isBackground) await runJob(run, (signal) => performRun(run, emit, signal));
  else await performRun(run, emit);
}

/** `POST …/responses/input_tokens`: what a request would cost before its answer. */
export const countInputTokens: Handler = async (context: RouteContext) => {
  const { model } = prepareCall(context, readCreateRequest(await context.json(), context.params["name"]));
  const { inputTokens } = countInput(await loadTokenizer(), model);
  return Response.json({ object: "response.input_tokens", input_tokens: inputTokens });
};
