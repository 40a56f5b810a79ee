import { answerAlone } from "./answer.ts";
import { limitOutput } from "./limit-output.ts";
import type { ModelAnswer, ModelRequest, ModelUsage } from "./model.ts";
import { countUsage, loadTokenizer } from "./tokens.ts";
import { askUpstream } from "./upstream.ts";

/** Where model calls go. Without `upstream` the emulator answers by itself. */
export interface EngineOptions {
  readonly upstream: string | undefined;
  readonly upstreamKey: string | undefined;
}

/** An answer with its cost. */
export interface CountedAnswer {
  readonly answer: ModelAnswer;
  readonly usage: ModelUsage;
}

/** Answers a request. An upstream server that fails gives an answer that has failed, not an exception. */
export async function answerRequest(
  request: ModelRequest,
  options: EngineOptions,
  signal?: AbortSignal,
): Promise<CountedAnswer> {
  const tokenizer = await loadTokenizer();
  if (options.upstream !== undefined) {
    const answer = await askUpstream(request, { url: options.upstream, key: options.upstreamKey }, signal);
    return { answer, usage: answer.usage ?? countUsage(tokenizer, request, answer.output) };
  }
  const answer = limitOutput(tokenizer, answerAlone(request), request.maxOutputTokens);
  return { answer, usage: countUsage(tokenizer, request, answer.output) };
}
