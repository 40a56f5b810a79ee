export type { AgentEndpoints } from "./agent-endpoints.ts";
export type {
  AgentService,
  CallOptions,
  CreateRevisionParams,
  ListRevisionsParams,
  RemoteAgent,
  RemoteRevision,
  ServiceCapabilities,
} from "./agent-service.ts";
export { isCertainlyUnused } from "./certainly-unused.ts";
export type { OwnedResources } from "./owned-resources.ts";
export type {
  ApprovalRequest,
  ContentFinding,
  ConversationItem,
  FunctionCall,
  ModelEvent,
  ModelResponse,
  RespondParams,
  ResponseStatus,
  RunService,
  TokenUsage,
} from "./run-service.ts";
export { addTokens, NO_TOKENS } from "./token-sum.ts";
export type { Stamp } from "./stamp.ts";
export type { WriteOutcome } from "./write-outcome.ts";
