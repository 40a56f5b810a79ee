import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { RetentionAction } from "../../lifecycle/retention/action.ts";
import type { CleanupReport } from "../../lifecycle/retention/cleanup.ts";
import type { RetentionPlan } from "../../lifecycle/retention/plan.ts";
import type { RetentionPolicies } from "../../lifecycle/retention/policies.ts";
import { type FleetCommandOptions, readFleetToApply } from "../read-fleet.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { counted } from "../counted.ts";
import { numberFrom, wholeNumberFrom } from "../number-argument.ts";

interface CleanupCommandOptions extends FleetCommandOptions {
  readonly file?: string;
  readonly apply?: boolean;
  readonly policies?: string;
  readonly idle?: string;
  readonly keep?: number;
  readonly usedWithin?: string;
  readonly sessions?: string;
  readonly grace?: string;
  readonly max?: number;
  readonly stopAbove?: number;
}

/** What fits into a policy; the policies have bounds of their own. */
const MOST = 1_000_000;

/** `tenure cleanup`: says what would go; with `--apply` does it. */
export function cleanupCommand(terminal: Terminal): Command {
  return new Command("cleanup")
    .description("Show what nobody needs any more; with --apply mark it, and delete what was marked long enough ago.")
    .option("--apply", "do it")
    .option("--file <file>", "a fleet file: its section `retention` are the policies, its scope counts")
    .option("--environment <name>", "with this environment's overlay of the fleet file")
    .option("--policies <file>", "policies as JSON: they win over the file's, the options below over both")
    .option("--idle <time>", "whole agents unused for so long, e.g. 90d")
    .option("--keep <count>", "newest revisions of each agent that stay (default: 10)", wholeNumberFrom(0, MOST))
    .option("--used-within <time>", "revisions used within this time stay (default: 30d)")
    .option("--sessions <time>", "sessions that nobody went on with for so long, with their conversations")
    .option("--grace <time>", "from mark to deletion (default: 1d)")
    .option("--max <count>", "most deletions of one run (default: 100)", wholeNumberFrom(0, MOST))
    .option("--stop-above <percent>", "stop if more of the agents would go (default: 50)", numberFrom(0, 100))
    .action(async (_, command: Command) => run(terminal, command.optsWithGlobals()));
}

async function run(terminal: Terminal, options: CleanupCommandOptions): Promise<void> {
  const policies = await policiesOf(options);
  const { ProductionAgentManager } = await import("../../lifecycle/production-agent-manager.ts");
  await using manager = ProductionAgentManager.default();
  if (options.apply === true) {
    const report = await manager.cleanup({ apply: true, policies });
    terminal.print(options.json === true ? JSON.stringify(report, undefined, 2) : reportText(report));
    return;
  }
  const plan = await manager.plan({ policies });
  terminal.print(options.json === true ? JSON.stringify(plan, undefined, 2) : planText(plan));
}

async function policiesOf(options: CleanupCommandOptions): Promise<RetentionPolicies> {
  if (options.environment !== undefined && options.file === undefined)
    throw new TenureError("invalid_option", "`--environment` needs `--file`: it is an overlay of a fleet file.");
  const { retention } = options.file === undefined ? {} : await readFleetToApply(options.file, options);
  const given: unknown = options.policies === undefined ? {} : await readPolicies(options.policies);
  if (typeof given !== "object" || given === null)
    throw new TenureError("invalid_option", "Expected the policies to be an object.");
  const policies: Record<string, unknown> = { ...retention, ...given };
  if (options.idle !== undefined) policies["idleAgents"] = { unusedFor: options.idle };
  if (options.sessions !== undefined) policies["sessions"] = { unusedFor: options.sessions };
  if (options.grace !== undefined) policies["grace"] = options.grace;
  if (options.max !== undefined) policies["maxPerRun"] = { count: options.max };
  if (options.stopAbove !== undefined) policies["stopAbove"] = options.stopAbove;
  if (options.keep !== undefined || options.usedWithin !== undefined) {
    const { keep, usedWithin } = options;
    policies["revisions"] = {
      ...(keep === undefined ? {} : { keep }),
      ...(usedWithin === undefined ? {} : { usedWithin }),
    };
  }
  return policies;
}

async function readPolicies(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new TenureError(
      "invalid_data",
      `The policies in ${file} cannot be read: ${TenureError.from(cause).message}`,
      { cause },
    );
  }
}

function planText(plan: RetentionPlan): string {
  const stop = plan.wouldStop === undefined ? [] : [`--apply would stop: ${plan.wouldStop}`];
  const total = Object.values(plan.counts).reduce((sum, count) => sum + count, 0);
  if (total === 0)
    return [...forecastLines(plan.forecasts), `Nothing is to be done about ${counted(plan.agents, "agent")}.`].join(
      "\n",
    );
  const more = total > plan.actions.length ? [`… and ${total - plan.actions.length} more`] : [];
  return [
    ...forecastLines(plan.forecasts),
    actionTable(plan.actions),
    ...more,
    ...stop,
    "Nothing was changed. Pass --apply to do it.",
  ].join("\n");
}

function reportText(report: CleanupReport): string {
  if (report.outcome === "led-elsewhere") return "Another process is cleaning up this scope; nothing was done here.";
  const failed = report.failed.map(({ agentName, error }) => `FAILED  ${agentName}: ${error.message}`);
  const left = report.deferred === 0 ? [] : [`${report.deferred} more are due; the next run deletes them.`];
  const table = report.actions.length === 0 ? "There was nothing to do." : actionTable(report.actions);
  return [...forecastLines(report.forecasts), table, ...left, ...failed].join("\n");
}

function actionTable(actions: readonly RetentionAction[]): string {
  const rows = actions.map(({ kind, agentName, remote, sessionId, reason }) => [
    kind,
    agentName,
    remote?.id ?? sessionId ?? "",
    reason,
  ]);
  return formatTable(["ACTION", "AGENT", "WHAT", "WHY"], rows);
}

function forecastLines(forecasts: RetentionPlan["forecasts"]): readonly string[] {
  return forecasts.map(({ agentName, limit, used, most, percent, wouldGo }) => {
    const go = wouldGo.length === 0 ? "" : `; near the limit ${wouldGo.length} would go, ${wouldGo[0]} first`;
    return `WARNING ${agentName} has ${used} of at most ${most} ${limit} (${percent} %)${go}`;
  });
}
