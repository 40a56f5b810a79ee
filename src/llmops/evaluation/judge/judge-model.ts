import type { JsonObject } from "../../../config/index.ts";
import type { TokenUsage } from "../../../services/contract/index.ts";

/** A question to a judge. */
export interface JudgeQuestion {
  readonly instructions: string;
  readonly input: string;
  /** JSON Schema of the answer. */
  readonly schema: JsonObject;
  readonly maxOutputTokens: number;
  readonly signal: AbortSignal;
}

export interface JudgeAnswer {
  /** JSON text. */
  readonly text: string;
  /** Absent if the service gave none. */
  readonly usage: TokenUsage | undefined;
  readonly reportedModel?: string | undefined;
}

/** A model that can be asked to judge. */
export interface JudgeModel {
  /** Name of the deployment or model, for prices and budgets. */
  readonly model: string;
  /** Whether whoever answers counts and budgets its own tokens (a `ProductionAgent` with stages does): then they are not counted again. */
  readonly countsItself: boolean;
  ask(question: JudgeQuestion): Promise<JudgeAnswer>;
}
