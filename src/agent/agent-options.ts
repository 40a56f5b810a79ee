import type { AgentConfig } from "../config/index.ts";
import type { BudgetStage, CostStage, EvaluationStage, TelemetryStage } from "../llmops/stages.ts";
import type { ChangePolicy, AgentManager, UnmanagedPolicy } from "../manager/index.ts";
import type { ApprovalHandler } from "./tools/approvals.ts";
import type { MaybeFormat } from "./parsed-output.ts";
import type { ProgressEvent } from "./progress.ts";

/**
 * What a session does when the agent's configuration is no longer the one that it began with.
 * `move`: it goes on with the new one and says so. `pin`: it stays with the revision that it began with, as long as that exists.
 */
export type AgentChangePolicy = "move" | "pin";

/** What the agent is, and how it is run. Checked before anything is sent; an unknown member is refused. */
export interface ProductionAgentOptions<Format extends MaybeFormat = MaybeFormat> extends Omit<
  AgentConfig,
  "responseFormat"
> {
  /** With a schema every answer is checked against it and given as `parsed`, typed by it. */
  readonly responseFormat?: Format;
  /** The manager that knows the agents. Default: `ProductionAgentManager.default()`. Whoever made it closes it. */
  readonly manager?: AgentManager | undefined;
  /** `false`: an agent of this object's own, which `cleanup()` deletes. Default `true`: the one that all share. */
  readonly reuseAgent?: boolean | undefined;
  /**
   * The dialogue to go on with, 1 to 256 characters; names belong to the agent, so two agents may each have a session `s1`. Default: a new one,
   * with an id of its own, which `cleanup()` ends.
   */
  readonly sessionId?: string | undefined;
  /** Whose session it is, 1 to 256 characters; a run may name another only if the session is not taken. */
  readonly userId?: string | undefined;
  /** Hears every step of every run. What it throws, or its promise rejects with, is ignored. */
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
  /** Decides on calls of MCP tools that need a person's word. Default: all are refused. */
  readonly onApproval?: ApprovalHandler | undefined;
  /** Default `move`. */
  readonly onAgentChange?: AgentChangePolicy | undefined;
  /** Most output tokens of one model call, 1 to 10,000,000. Default: the budget's, else the model's. */
  readonly maxOutputTokens?: number | undefined;
  /** How often in one run the model may ask for tools, 0 to 1,000. Default 10. */
  readonly maxToolRounds?: number | undefined;
  /** How long one call of a local tool may take, 1 to 86,400,000 ms. Default 60,000. */
  readonly toolTimeoutMs?: number | undefined;
  /** How long one run may take altogether, waiting included, 1 to 86,400,000 ms. Default 300,000. */
  readonly timeoutMs?: number | undefined;
  /** How long to wait for a run of the same session in another process, 0 to 3,600,000 ms; then `session_busy`. Default 30,000. */
  readonly sessionWaitMs?: number | undefined;
  /** See `ResolveOptions.unmanaged`. Default: the manager's. */
  readonly unmanaged?: UnmanagedPolicy | undefined;
  /** See `ResolveOptions.onChange`. Default: the manager's. */
  readonly onChange?: ChangePolicy | undefined;
  /** Default: `DAILY_TOKEN_BUDGET` (1,000,000 over the manager's scope) and `MAX_TOKENS_PER_REQUEST` (4,000). `false`: no budget. */
  readonly budget?: BudgetStage | false | undefined;
  /** Default: list prices by the deployment's name. `false`: nothing is priced. */
  readonly costs?: CostStage | false | undefined;
  /** Default: the five measures of `AnswerEvaluation`, in line. They are local and cost no tokens. `false`: no evaluation. */
  readonly evaluation?: EvaluationStage | false | undefined;
  /** Default: spans and metrics without content, where `@opentelemetry/api` is installed. `false`: none. */
  readonly telemetry?: TelemetryStage | false | undefined;
}
