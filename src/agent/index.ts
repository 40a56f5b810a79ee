export type { AgentChangePolicy, ProductionAgentOptions } from "./agent-options.ts";
export type {
  AgentFailure,
  AgentResponse,
  AgentSuccess,
  EvaluationReport,
  BudgetReport,
  RunError,
  RunMetrics,
} from "./agent-response.ts";
export { defaultLlmops } from "./default-stages.ts";
export type { Turn } from "./history.ts";
export type { FileAttachment, ImageAttachment, RunAttachment } from "./input/attachment.ts";
export type { ParsedOutput } from "./parsed-output.ts";
export { AgentPreset, type PresetName } from "./presets/agent-preset.ts";
export type { PresetDefinition } from "./presets/preset-definition.ts";
export { type CleanupOptions, ProductionAgent } from "./production-agent.ts";
export type { ProgressEvent, ProgressStatus } from "./progress.ts";
export type { NoticeCode, RunEvent, RunNotice } from "./run-events.ts";
export type { RunOptions } from "./run-options.ts";
export {
  AgentSessions,
  type ListSessions,
  type SessionCall,
  type SessionName,
  type SessionTranscript,
} from "./sessions/agent-sessions.ts";
export type { ExpireReport } from "./sessions/expire-sessions.ts";
export type { SessionDocument } from "./sessions/session-document.ts";
export type { SessionInfo } from "./sessions/session-info.ts";
export type { CumulativeStats } from "./statistics.ts";
export type { ApprovalContext, ApprovalDecision, ApprovalHandler } from "./tools/approvals.ts";
