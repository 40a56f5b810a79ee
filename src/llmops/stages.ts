import type { Fingerprint, JsonObject, RemoteRef } from "../config/index.ts";
import type { TenureError, TenureErrorCode } from "../errors/index.ts";
import type { AgentKey, AgentRegistry, ProcessIdentity } from "../registry/contract/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { AgentService, TokenUsage } from "../services/contract/index.ts";

/**
 * The places of a run that can be filled, replaced or left empty, in their order: budget, (run), cost, evaluation; telemetry goes around all of it.
 * A stage belongs to no manager: it takes registry, service and clock from `context.host`, so one object may serve any number of agents.
 */
export interface RunStages {
  readonly budget?: BudgetStage | undefined;
  readonly costs?: CostStage | undefined;
  readonly evaluation?: EvaluationStage | undefined;
  readonly telemetry?: TelemetryStage | undefined;
}

/** What a stage may use of the manager that the run belongs to. */
export interface StageHost {
  readonly registry: AgentRegistry;
  readonly service: AgentService;
  readonly runtime: Runtime;
  /** Holder of reservations: its death gives them back. */
  readonly process: ProcessIdentity;
}

/** One run, as every stage sees it. Frozen; a degraded run gets a new one with the cheaper model. */
export interface RunContext {
  readonly host: StageHost;
  /** New for each run, the same for all its model calls and retries. */
  readonly requestId: string;
  readonly key: AgentKey;
  /** The caller's name of the agent. In `key` an agent of one object's own (`reuseAgent: false`) has another, which nobody else ever has. */
  readonly agentName: string;
  /** The user's text. Input items (images, files) are not in it. */
  readonly query: string;
  readonly sessionId: string;
  readonly userId: string | undefined;
  /** Name of the deployment, not of the model behind it. */
  readonly model: string;
  readonly fingerprint: Fingerprint;
  readonly remote: RemoteRef;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly expectedTopics: readonly string[];
  /** Fires when the run is cancelled or its time is over. */
  readonly signal: AbortSignal;
}

/** What one model call will probably and at most use. */
export interface CallEstimate {
  /** Text that is certainly part of the input: instructions, tools, the schema of the answer, the query or the tool outputs. To be counted with a tokenizer. */
  readonly inputText: string;
  /** A guess at the tokens of pictures and files, which are not in the text. Add them to the input. Default 0. */
  readonly attachedTokens?: number | undefined;
  /** Tokens that the conversation already holds, by the service's last count; 0 in a new one. Add them to the input. */
  readonly carriedTokens: number;
  /** Most output tokens of this call; `undefined` if nothing bounds them but the model. */
  readonly maxOutputTokens: number | undefined;
  /** 0 for the first model call of the run; grows with each round of tool calls. */
  readonly round: number;
  /** The call ends within this time, in milliseconds: a reservation need not outlive it by more than a margin. */
  readonly timeoutMs: number;
}

export type BudgetScope = "all" | "agent" | "user" | "session";
export type BudgetWindow = "request" | "day" | "month" | "total";

/** Which limit a call would pass. Amounts are tokens, or units of the currency. */
export interface BudgetBreach {
  /** The budget's own name, as configured. */
  readonly budget: string;
  readonly scope: BudgetScope;
  readonly window: BudgetWindow;
  /** `tokens`, or a currency code such as `USD`. */
  readonly unit: string;
  readonly limit: number;
  /** Settled and reserved before this call. */
  readonly used: number;
  /** What this call wanted to reserve. */
  readonly requested: number;
  /** When the window starts anew, epoch milliseconds; absent for `request` and `total`. */
  readonly resetAt: number | undefined;
}

/** A reservation. Only the stage that made it looks inside. */
export interface BudgetHandle {
  readonly id: string;
}

export type BudgetDecision =
  /** Reserved. `warnings`: limits with action `warn` that this call passes. */
  | {
      readonly kind: "allow";
      readonly handle: BudgetHandle;
      readonly warnings: readonly BudgetBreach[];
    }
  /** Reserved for a run with the cheaper model. Only in round 0: a running run keeps its model. */
  | {
      readonly kind: "degrade";
      readonly handle: BudgetHandle;
      readonly model: string;
      readonly breach: BudgetBreach;
    }
  /** Nothing was reserved; the call is not made. */
  | { readonly kind: "stop"; readonly breach: BudgetBreach };

/**
 * Budgets. `reserve` is called before each model call of a run (so once per tool round), and exactly one of `settle` and `release` after it, unless the
 * process dies: then the reservation runs out by itself. Rejections are `TenureError`s and fail the run: money is not spent when nobody can count it.
 */
export interface BudgetStage {
  /** Most output tokens of one call when the caller names none. */
  readonly maxOutputTokens?: number | undefined;
  reserve(context: RunContext, estimate: CallEstimate): Promise<BudgetDecision>;
  /** The call was made. Without usage (the service gave none) the whole reservation counts as used. `costPico` is `null` when the price is not known. */
  settle(
    handle: BudgetHandle,
    used: {
      readonly context: RunContext;
      readonly usage: TokenUsage | undefined;
      readonly costPico: bigint | null;
    },
  ): Promise<void>;
  /** The call was certainly not made. */
  release(handle: BudgetHandle): Promise<void>;
}

/** What tokens cost. */
export interface CostResult {
  /** In units of 10^-12 of the currency; `null` if the price is not known, never 0 for that reason. */
  readonly costPico: bigint | null;
  /** What all sums are in. */
  readonly currency: "USD";
  /** The priced model that the deployment was mapped to; absent if none was found. */
  readonly pricedModel: string | undefined;
  /** Set by the first call of a deployment and model without a price: what to tell whoever asked for the run. */
  readonly notice?: string | undefined;
}

/** Prices. */
export interface CostStage {
  /** Called once per model call. `reportedModel`: the model that answered, as the service names it. Never rejects: what cannot be priced is `null`. */
  price(call: {
    readonly context: RunContext;
    readonly usage: TokenUsage;
    readonly reportedModel: string | undefined;
  }): Promise<CostResult>;
  /** Called once per run, after its last model call, also for a failed one that used tokens. May buffer; never throws. */
  record(run: {
    readonly context: RunContext;
    readonly usage: TokenUsage;
    readonly costPico: bigint | null;
    readonly failed: boolean;
  }): void;
  /** Writes out what is buffered. */
  flush?(): Promise<void>;
}

/** One named measure of an answer. */
export interface EvaluationMeasure {
  readonly name: string;
  /** 0 to 1; `null` if it could not be measured. */
  readonly score: number | null;
  readonly weight: number;
  readonly reason?: string | undefined;
  /** Why there is no score: `evaluator_failed`, `budget_exceeded` for a judge, … Absent if the measure did not apply. */
  readonly error?: { readonly code: TenureErrorCode; readonly message: string } | undefined;
}

export interface EvaluationResult {
  /** 0 to 1; `null` if no measure gave a number. */
  readonly score: number | null;
  /** E.g. `Excellent`, `Good`, `Fair`, `Needs Improvement`. */
  readonly label: string | undefined;
  readonly measures: readonly EvaluationMeasure[];
  /** What judges used, priced; absent if none was asked. It is counted and budgeted apart from the run. */
  readonly judged?: { readonly usage: TokenUsage; readonly costPico: bigint | null } | undefined;
}

/** What is evaluated. */
export interface EvaluatedAnswer {
  readonly text: string;
  /** The parsed answer, when the agent has a response format with a schema. */
  readonly parsed: unknown;
  readonly durationMs: number;
  readonly usage: TokenUsage;
  /** The service's output items of the last model call: citations are annotations there. */
  readonly output: readonly JsonObject[];
}

/** Judges answers that succeeded. */
export interface EvaluationStage {
  /** `inline`: the response waits for the result. `after`: the response is returned first, its `metrics.evaluation` stays empty, and the agent's statistics get the result later. */
  readonly mode: "inline" | "after";
  /** `undefined`: not sampled. A rejection never fails the run: it is noted and the response has no evaluation. */
  evaluate(context: RunContext, answer: EvaluatedAnswer): Promise<EvaluationResult | undefined>;
  /** Writes out what is buffered. */
  flush?(): Promise<void>;
}

/** What is about to happen. Content (`query`, `arguments`) is only for those who asked to capture it. */
export type SpanStart =
  | {
      readonly kind: "invoke_agent";
      readonly context: RunContext;
      readonly conversationId: string | undefined;
    }
  | {
      readonly kind: "chat";
      readonly context: RunContext;
      readonly conversationId: string | undefined;
      readonly round: number;
      readonly streaming: boolean;
    }
  | {
      readonly kind: "execute_tool";
      readonly context: RunContext;
      readonly toolName: string;
      readonly callId: string;
      readonly arguments: string;
    };

/** What came of it. Members that do not apply are absent. */
export interface SpanFacts {
  readonly usage?: TokenUsage | undefined;
  readonly responseId?: string | undefined;
  readonly responseModel?: string | undefined;
  /** `completed`, `incomplete`, `failed`, …: the service's word. */
  readonly status?: string | undefined;
  /** Why it is incomplete, in the service's words: `max_output_tokens`, `content_filter`, … */
  readonly incompleteReason?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly costPico?: bigint | null | undefined;
  /** Answer of a run or chat, result of a tool. Content. */
  readonly output?: string | undefined;
  /** A failure that is reported and not thrown. One that the body throws needs no mention. */
  readonly error?: TenureError | undefined;
}

/** Decisions of the other stages, for counting. */
export type StageNote =
  | { readonly type: "budget"; readonly decision: BudgetDecision }
  | { readonly type: "cost"; readonly cost: CostResult }
  | { readonly type: "evaluation"; readonly result: EvaluationResult }
  | { readonly type: "evaluation_failed"; readonly error: TenureError };

/** The span that is open around a body. */
export interface ActiveSpan {
  /** May be called more than once; later facts add to and replace earlier ones. */
  set(facts: SpanFacts): void;
  /** The note of an evaluation of mode `after` comes when the span has ended. */
  note(note: StageNote): void;
  /** Headers that carry the trace context to the service; nothing if there is no trace. */
  headers(): Readonly<Record<string, string>>;
}

/** Spans and metrics. Must never change what the body does: it returns the body's value and rethrows its error unchanged. */
export interface TelemetryStage {
  around<Result>(start: SpanStart, body: (span: ActiveSpan) => Promise<Result>): Promise<Result>;
}
