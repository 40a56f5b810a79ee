export { BudgetGuard, type BudgetSubject } from "./budget/budget-guard.ts";
export type { BudgetStanding } from "./budget/account.ts";
export { budgetsFromEnvironment } from "./budget/from-environment.ts";
export type { BreachAction, BudgetOptions, BudgetRule } from "./budget/options.ts";
export { CostMeter, type CostMeterOptions, type UnknownPrice } from "./cost/cost-meter.ts";
export type { ContractPrice, CostOptions, DeploymentCost, RegionTier } from "./cost/options.ts";
export { createLlmops, type Llmops, type LlmopsOptions, type LlmopsStages } from "./create-llmops.ts";
export { AnswerEvaluation, type EvaluationOptions } from "./evaluation/answer-evaluation.ts";
export {
  evaluateDataset,
  type EvaluateDatasetOptions,
  type RowResult,
  type Subject,
  type SubjectAnswer,
} from "./evaluation/dataset/evaluate-dataset.ts";
export type { DatasetJudging } from "./evaluation/dataset/judge-account.ts";
export { type DatasetRow, readJsonl } from "./evaluation/dataset/read-jsonl.ts";
export type { DatasetReport, SubjectComparison, SubjectSummary } from "./evaluation/dataset/summary.ts";
export type {
  EvaluationInput,
  Evaluator,
  EvaluatorContext,
  EvaluatorScore,
  MeteredCall,
  ModelMeter,
  WeightedEvaluator,
} from "./evaluation/evaluator.ts";
export { autoevals, type AutoevalsOptions } from "./evaluation/evaluators/autoevals.ts";
export {
  exactMatch,
  type ExactMatchOptions,
  pattern,
  type PatternOptions,
} from "./evaluation/evaluators/exact-match.ts";
export { jsonSchema } from "./evaluation/evaluators/json-schema.ts";
export { length, type LengthOptions } from "./evaluation/evaluators/length.ts";
export { agentJudge, type JudgingAgent } from "./evaluation/judge/agent-judge.ts";
export { judge, type JudgeOptions } from "./evaluation/judge/judge.ts";
export type { JudgeAnswer, JudgeModel, JudgeQuestion } from "./evaluation/judge/judge-model.ts";
export { type ChatClient, chatJudge, responsesJudge, type ResponsesClient } from "./evaluation/judge/openai-judge.ts";
export {
  citations,
  DEFAULT_MEASURES,
  neutralTone,
  numbers,
  structure,
  topicCoverage,
} from "./evaluation/measures/index.ts";
export { type QualityLabel, qualityLabel } from "./evaluation/quality-label.ts";
export { type FleetSections, llmopsOptionsOf } from "./from-fleet.ts";
export { type Decimal, formatPico } from "./money.ts";
export type * from "./stages.ts";
export type { LifecycleSource, ResolutionCounts } from "./telemetry/lifecycle-source.ts";
export { type Observation, observeLifecycle } from "./telemetry/lifecycle-telemetry.ts";
export type { TelemetryOptions } from "./telemetry/options.ts";
export { RunTelemetry } from "./telemetry/run-telemetry.ts";
