import type { JsonObject, LocalTool } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { ActiveSpan } from "../../llmops/stages.ts";
import type { FunctionCall } from "../../services/contract/index.ts";
import { RunDeadline } from "../pipeline/run-deadline.ts";
import type { RunScope, RunTarget } from "../pipeline/run-scope.ts";
import { traced } from "../pipeline/traced.ts";
import { untilAborted } from "../pipeline/until-aborted.ts";
import { readArguments } from "./tool-arguments.ts";
import { toolErrorOutput, toolOutput } from "./tool-output.ts";

/**
 * Calls every tool that the model asked for, all at once, and gives the input items that carry the outcomes, in the order of the calls. A tool that fails
 * does not fail the run: the model is told. Rejects only when the run itself is cancelled or out of time.
 */
export async function callTools(
  run: RunScope,
  target: RunTarget,
  calls: readonly FunctionCall[],
): Promise<readonly JsonObject[]> {
  return Promise.all(
    calls.map(async (call) => {
      const output = await callOne(run, target, call);
      return { type: "function_call_output", call_id: call.callId, output };
    }),
  );
}

async function callOne(run: RunScope, target: RunTarget, call: FunctionCall): Promise<string> {
  const { runtime } = run.settings.manager;
  const startedAt = runtime.monotonic();
  run.emit({ type: "tool_call", callId: call.callId, name: call.name, arguments: call.arguments });
  const start = {
    kind: "execute_tool",
    context: target.context,
    toolName: call.name,
    callId: call.callId,
    arguments: call.arguments,
  } as const;
  const { output, failed } = await traced(run.settings.stages.telemetry, start, (span) => invoke(run, call, span));
  const durationMs = Math.round(runtime.monotonic() - startedAt);
  run.emit({ type: "tool_result", callId: call.callId, name: call.name, output, failed, durationMs });
  return output;
}

async function invoke(
  run: RunScope,
  call: FunctionCall,
  span: ActiveSpan,
): Promise<{ readonly output: string; readonly failed: boolean }> {
  try {
    const tool = run.settings.localTools.get(call.name);
    if (tool === undefined)
      throw new TenureError("tool_failed", `There is no tool named ${JSON.stringify(call.name)} here.`);
    const output = toolOutput(tool.name, await runHandler(run, tool, call));
    span.set({ output });
    return { output, failed: false };
  } catch (thrown) {
    if (run.signal.aborted) throw thrown;
    const error = TenureError.from(thrown, "tool_failed");
    const output = toolErrorOutput(error);
    span.set({ error, output });
    return { output, failed: true };
  }
}

async function runHandler(run: RunScope, tool: LocalTool<never>, call: FunctionCall): Promise<unknown> {
  const { manager, toolTimeoutMs, agentName, sessionId } = run.settings;
  const reason = (): TenureError =>
    new TenureError("tool_timeout", `${tool.name} did not end within ${toolTimeoutMs} ms.`);
  using deadline = new RunDeadline(manager.runtime, toolTimeoutMs, { reason, parents: [run.signal] });
  const input = await untilAborted(readArguments(tool, call.arguments), deadline.signal);
  const context = { signal: deadline.signal, callId: call.callId, agentName, sessionId };
  // `LocalTool<never>` says that only the tool itself knows its input; its schema has just checked it.
  const handling = (async () => tool.handler(input as never, context))();
  return await untilAborted(handling, deadline.signal);
}
