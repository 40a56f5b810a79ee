import { TenureError } from "../../errors/index.ts";
import type { ModelResponse, RespondParams, ResponseStatus } from "../../services/contract/index.ts";
import { RunDeadline } from "./run-deadline.ts";
import type { RunScope } from "./run-scope.ts";

/** What is known of a model call while it is under way. */
export interface CallProgress {
  /** Whether the service has begun to work on it. */
  started: boolean;
}

const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;
const CANCEL_WAIT_MS = 5_000;

/** One answer of the model, in whichever way the run asked for. Text goes out as it comes when the run streams. */
export async function receive(run: RunScope, params: RespondParams, progress: CallProgress): Promise<ModelResponse> {
  run.tally.text = "";
  if (run.request.background) return receiveLater(run, params, progress);
  const response = run.streaming
    ? await receiveStream(run, params, progress)
    : await run.settings.manager.service.runs.respond(params);
  progress.started = true;
  run.tally.text = response.text;
  return isUnderWay(response.status) ? poll(run, response) : response;
}

async function receiveStream(run: RunScope, params: RespondParams, progress: CallProgress): Promise<ModelResponse> {
  for await (const event of run.settings.manager.service.runs.stream(params)) {
    if (event.type === "started") progress.started = true;
    else if (event.type === "text") emitText(run, event.delta);
    else if (event.type === "item") run.emit({ type: "item", item: event.item });
    else return event.response;
  }
  throw new TenureError("service_protocol", "The service ended its stream without an answer.");
}

async function receiveLater(run: RunScope, params: RespondParams, progress: CallProgress): Promise<ModelResponse> {
  const first = await run.settings.manager.service.runs.respond({ ...params, background: true });
  progress.started = true;
  const response = await poll(run, first);
  if (run.streaming && response.text !== "") emitText(run, response.text);
  run.tally.text = response.text;
  return response;
}

function emitText(run: RunScope, delta: string): void {
  run.tally.produced = true;
  run.tally.text += delta;
  run.emit({ type: "text", delta });
}

/** Asks for the answer until it is there. When the run ends before, the service is told to stop. */
async function poll(run: RunScope, first: ModelResponse): Promise<ModelResponse> {
  const { manager } = run.settings;
  let response = first;
  let waitMs = FIRST_POLL_MS;
  try {
    while (isUnderWay(response.status)) {
      run.progress("running", `The service is at work on it (${response.status}).`);
      await manager.runtime.sleep(waitMs, { signal: run.signal });
      waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS);
      response = await manager.service.runs.getResponse({ responseId: first.id, signal: run.signal });
    }
    return response;
  } catch (thrown) {
    if (run.signal.aborted) await cancel(run, first.id);
    throw thrown;
  }
}

async function cancel(run: RunScope, responseId: string): Promise<void> {
  const { manager } = run.settings;
  const reason = (): TenureError =>
    new TenureError("timeout", `The service did not confirm the end within ${CANCEL_WAIT_MS} ms.`);
  // The run's own signal has fired: this last request needs one of its own.
  using deadline = new RunDeadline(manager.runtime, CANCEL_WAIT_MS, { reason, parents: [] });
  try {
    await manager.service.runs.cancel({ responseId, signal: deadline.signal });
  } catch {
    // The run has failed already and says why; that the service works on in vain is not worth a second failure.
  }
}

function isUnderWay(status: ResponseStatus): boolean {
  return status === "queued" || status === "in_progress";
}
