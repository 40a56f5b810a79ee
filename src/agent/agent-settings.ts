import type { AgentConfig, LocalTool } from "../config/index.ts";
import type { RunStages } from "../llmops/stages.ts";
import type { ChangePolicy, AgentManager, UnmanagedPolicy } from "../manager/index.ts";
import type { AgentChangePolicy } from "./agent-options.ts";
import type { ProgressEvent } from "./progress.ts";
import type { ApprovalHandler } from "./tools/approvals.ts";

/** The options of a `ProductionAgent`, checked and with every default filled in. */
export interface AgentSettings {
  readonly manager: AgentManager;
  /** What the agent is. One frozen object, so that the manager knows it by identity. */
  readonly config: AgentConfig;
  readonly agentName: string;
  readonly sessionId: string;
  /** Whether the caller named the session. */
  readonly isOwnSession: boolean;
  readonly userId: string | undefined;
  readonly reuseAgent: boolean;
  readonly onAgentChange: AgentChangePolicy;
  readonly onProgress: ((event: ProgressEvent) => void) | undefined;
  readonly onApproval: ApprovalHandler | undefined;
  readonly localTools: ReadonlyMap<string, LocalTool<never>>;
  readonly maxOutputTokens: number | undefined;
  readonly maxToolRounds: number;
  readonly toolTimeoutMs: number;
  readonly timeoutMs: number;
  readonly sessionWaitMs: number;
  readonly policies: { readonly unmanaged: UnmanagedPolicy | undefined; readonly onChange: ChangePolicy | undefined };
  readonly stages: RunStages;
  /** Instructions, tools and the format of the answer as text: what every model call's input begins with. */
  readonly standingInput: string;
}
