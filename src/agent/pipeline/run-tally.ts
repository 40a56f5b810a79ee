import type { BudgetBreach, EvaluationResult } from "../../llmops/stages.ts";
import { addTokens, type ModelResponse, NO_TOKENS, type TokenUsage } from "../../services/contract/index.ts";
import type { RunNotice } from "../run-events.ts";

/** What one run has used and come to so far. */
export class RunTally {
  tokens: TokenUsage = NO_TOKENS;
  /** Answers that came back, whatever was in them. */
  modelCalls = 0;
  /** The service's ids of those answers. */
  readonly responseIds: string[] = [];
  unseenCalls = 0;
  /** Of all priced calls; `null` once the cost of one is not known, `undefined` as long as none was asked for. */
  costPico: bigint | null | undefined;
  /** Whether the run has given anything away (text, a tool call): it is never repeated then. */
  produced = false;
  agentReused = false;
  /** The text of the model call that is under way. */
  text = "";
  /** Tokens in the conversation after the last model call, by the service's count. */
  carriedTokens = 0;
  breach: BudgetBreach | undefined;
  budgetExceeded = false;
  evaluation: EvaluationResult | undefined;
  readonly notices: RunNotice[] = [];

  addCall({ id, usage }: Pick<ModelResponse, "id" | "usage">): void {
    this.modelCalls += 1;
    this.responseIds.push(id);
    if (usage === undefined) return;
    this.tokens = addTokens(this.tokens, usage);
    this.carriedTokens = usage.inputTokens + usage.outputTokens;
  }

  /** A call that the service may have worked on, and whose answer never came: what it took is not known. */
  addUnseenCall({ isPriced }: { readonly isPriced: boolean }): void {
    this.unseenCalls += 1;
    if (isPriced) this.addCost(null);
  }

  addCost(costPico: bigint | null): void {
    this.costPico = costPico === null || this.costPico === null ? null : (this.costPico ?? 0n) + costPico;
  }
}
