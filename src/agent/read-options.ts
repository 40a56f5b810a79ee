import {
  type AgentConfig,
  type AgentTool,
  assertSessionId,
  isLocalTool,
  type LocalTool,
  normalizeConfig,
} from "../config/index.ts";
import type { RunStages } from "../llmops/index.ts";
import { ProductionAgentManager } from "../lifecycle/index.ts";
import type { AgentManager } from "../manager/index.ts";
import type { AgentChangePolicy, ProductionAgentOptions } from "./agent-options.ts";
import type { AgentSettings } from "./agent-settings.ts";
import { defaultStages, observeByDefault } from "./default-stages.ts";
import {
  booleanOption,
  functionOption,
  idOption,
  objectWith,
  wholeNumber,
  wordOption,
  wrongOption,
} from "../config/option-checks.ts";
import { DAY_MS, MOST_OUTPUT_TOKENS } from "./run-options.ts";

const CHANGE_POLICIES: readonly AgentChangePolicy[] = ["move", "pin"];

/** Checks the options before anything is sent. Throws `invalid_option`, or what is wrong with the configuration. */
export function readOptions(options: ProductionAgentOptions): AgentSettings {
  if (typeof options !== "object" || options === null) throw wrongOption("options", "an object", options);
  const { run, config } = split(options);
  checkParts(run);
  const numbers = readNumbers(run);
  if (run.sessionId !== undefined) assertSessionId(run.sessionId);
  const userId = idOption("userId", run.userId);
  const reuseAgent = booleanOption("reuseAgent", run.reuseAgent) ?? true;
  const onAgentChange = wordOption("onAgentChange", run.onAgentChange, CHANGE_POLICIES) ?? "move";
  const manager = run.manager ?? ProductionAgentManager.default();
  const { definition } = normalizeConfig(config, { model: manager.model });
  return {
    manager,
    config,
    agentName: config.agentName,
    sessionId: run.sessionId ?? manager.runtime.newId(),
    isOwnSession: run.sessionId === undefined,
    userId,
    reuseAgent,
    onAgentChange,
    onProgress: run.onProgress,
    onApproval: run.onApproval,
    localTools: localToolsOf(config.tools ?? []),
    ...numbers,
    policies: { unmanaged: run.unmanaged, onChange: run.onChange },
    stages: stagesOf(run, manager),
    standingInput: standingInput(config, [definition["tools"], definition["text"]]),
  };
}

type OwnOptions = Omit<ProductionAgentOptions, keyof AgentConfig>;

/** The options of the run apart from those that say what the agent is; of the latter unknown ones are refused when they are normalised. */
function split(options: ProductionAgentOptions): { readonly run: OwnOptions; readonly config: AgentConfig } {
  const { manager, reuseAgent, sessionId, userId, onProgress, onApproval, onAgentChange, ...rest1 } = options;
  const { maxOutputTokens, maxToolRounds, toolTimeoutMs, timeoutMs, sessionWaitMs, unmanaged, onChange, ...rest2 } =
    rest1;
  const { budget, costs, evaluation, telemetry, ...config } = rest2;
  const limits = { maxOutputTokens, maxToolRounds, toolTimeoutMs, timeoutMs, sessionWaitMs };
  const run = { manager, reuseAgent, sessionId, userId, onProgress, onApproval, onAgentChange, unmanaged, onChange };
  return {
    run: { ...run, ...limits, budget, costs, evaluation, telemetry },
    config: Object.freeze<AgentConfig>(config),
  };
}

function checkParts(run: OwnOptions): void {
  functionOption("onProgress", run.onProgress);
  functionOption("onApproval", run.onApproval);
  objectWith("manager", run.manager, "getOrCreateAgent");
  stageOption("budget", run.budget, "reserve");
  stageOption("costs", run.costs, "price");
  stageOption("evaluation", run.evaluation, "evaluate");
  stageOption("telemetry", run.telemetry, "around");
  wordOption("unmanaged", run.unmanaged, ["adopt-if-equal", "adopt", "take-over", "fail"]);
  wordOption("onChange", run.onChange, ["update", "fail"]);
}

function stageOption(name: string, value: unknown, method: string): void {
  if (value !== false) objectWith(name, value, method);
}

function stagesOf(run: OwnOptions, manager: AgentManager): RunStages {
  const { budget, costs, evaluation, telemetry } = run;
  const given = [budget, costs, evaluation, telemetry];
  // Reading the environment's limits can fail: not for those who want none.
  const defaults = given.every((stage) => stage !== undefined) ? undefined : defaultStages(manager);
  if (telemetry === undefined) observeByDefault(manager);
  return {
    budget: filled(budget, defaults?.budget),
    costs: filled(costs, defaults?.costs),
    evaluation: filled(evaluation, defaults?.evaluation),
    telemetry: filled(telemetry, defaults?.telemetry),
  };
}

function filled<Stage>(given: Stage | false | undefined, standard: Stage | false | undefined): Stage | undefined {
  const stage = given ?? standard;
  return stage === false ? undefined : stage;
}

type Numbers = Pick<
  AgentSettings,
  "maxOutputTokens" | "maxToolRounds" | "toolTimeoutMs" | "timeoutMs" | "sessionWaitMs"
>;

function readNumbers(run: OwnOptions): Numbers {
  const time = { min: 1, max: DAY_MS };
  return {
    maxOutputTokens: wholeNumber("maxOutputTokens", run.maxOutputTokens, { min: 1, max: MOST_OUTPUT_TOKENS }),
    maxToolRounds: wholeNumber("maxToolRounds", run.maxToolRounds, { min: 0, max: 1_000 }) ?? 10,
    toolTimeoutMs: wholeNumber("toolTimeoutMs", run.toolTimeoutMs, time) ?? 60_000,
    timeoutMs: wholeNumber("timeoutMs", run.timeoutMs, time) ?? 300_000,
    sessionWaitMs: wholeNumber("sessionWaitMs", run.sessionWaitMs, { min: 0, max: 3_600_000 }) ?? 30_000,
  };
}

function localToolsOf(tools: readonly AgentTool[]): ReadonlyMap<string, LocalTool<never>> {
  return new Map(tools.filter(isLocalTool).map((tool) => [tool.name, tool]));
}

function standingInput(config: AgentConfig, parts: readonly unknown[]): string {
  const given = parts.filter((part) => part !== undefined).map((part) => JSON.stringify(part));
  return [config.instructions ?? "", ...given].join("\n").trim();
}
