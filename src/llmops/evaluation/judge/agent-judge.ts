import { TenureError } from "../../../errors/index.ts";
import type { TokenUsage } from "../../../services/contract/index.ts";
import type { JudgeModel } from "./judge-model.ts";

/** The part of a `ProductionAgent` that is needed. */
export interface JudgingAgent {
  run(
    query: string,
    options: { readonly signal: AbortSignal; readonly standalone: true },
  ): Promise<{
    readonly success: boolean;
    readonly response?: string | undefined;
    readonly error?: { readonly code: string; readonly message: string } | undefined;
    readonly metrics: { readonly tokens: TokenUsage };
  }>;
}

/**
 * A hosted agent as judge. It is told the rubric with each question, as its own instructions are the agent's; give the agent a `responseFormat` with
 * `score` and `reason` where the model needs one. Each question stands alone: an answer that was judged before must not colour the next score, nor be paid for again.
 */
export function agentJudge(
  agent: JudgingAgent,
  options: { readonly model: string; readonly countsItself?: boolean | undefined },
): JudgeModel {
  return {
    model: options.model,
    countsItself: options.countsItself ?? true,
    async ask({ instructions, input, schema, signal }) {
      const query = `${instructions}\n\nAnswer with one JSON object that fits this JSON Schema, and nothing else:\n${JSON.stringify(schema)}\n\n${input}`;
      const result = await agent.run(query, { signal, standalone: true });
      if (!result.success) {
        throw new TenureError(
          "evaluator_failed",
          `The judging agent failed: ${result.error?.message ?? "no reason given"}`,
        );
      }
      return { text: result.response ?? "", usage: result.metrics.tokens };
    },
  };
}
