import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { FleetPlan, FleetReport } from "../../lifecycle/fleet/index.ts";
import { confirm } from "../confirm.ts";
import { notesText, planText, reportText } from "../fleet-text.ts";
import { openManager } from "../open-manager.ts";
import { FLEET_FILE, type FleetCommandOptions, readFleetToApply } from "../read-fleet.ts";
import type { Terminal } from "../terminal.ts";
import { counted } from "../counted.ts";
import { wholeNumberFrom } from "../number-argument.ts";

interface ApplyOptions extends FleetCommandOptions {
  readonly plan?: string;
  readonly yes?: boolean;
  readonly parallel?: number;
}

/** `tenure apply`. */
export function applyCommand(terminal: Terminal): Command {
  return new Command("apply")
    .description("Make the service as a fleet file says.")
    .argument("[file]", "the fleet file", FLEET_FILE)
    .option("--environment <name>", "with this environment's overlay")
    .option("--plan <plan>", "only what this plan says, and nothing if it is no longer true")
    .option(
      "--parallel <count>",
      "agents that are worked on at the same time, 1 to 64 (default: 8)",
      wholeNumberFrom(1, 64),
    )
    .option("--yes", "do not ask")
    .action(async (file: string, _, command: Command) => apply(file, terminal, command.optsWithGlobals()));
}

async function apply(file: string, terminal: Terminal, options: ApplyOptions): Promise<void> {
  const fleet = await readFleetToApply(file, options);
  await using manager = await openManager();
  const plan = options.plan === undefined ? await manager.planFleet(fleet) : await readPlan(options.plan);
  if (options.json !== true) {
    const notes = notesText(fleet);
    if (notes !== undefined) terminal.note(notes);
    terminal.print(planText(plan));
  }
  if (plan.actions.length > 0 && options.yes !== true)
    await confirm(`Apply this to ${plan.location}, scope ${plan.scope}?`, terminal);
  const stop = new AbortController();
  const onInterrupt = (): void =>
    stop.abort(new TenureError("aborted", "Interrupted.", { hint: "Apply again: what was begun comes to its end." }));
  process.once("SIGINT", onInterrupt);
  try {
    const report = await manager.applyFleet(fleet, { plan, parallel: options.parallel, signal: stop.signal });
    if (options.json === true && report.failed === 0) terminal.print(JSON.stringify(report, undefined, 2));
    if (options.json !== true && report.results.length > 0) terminal.print(`\n${reportText(report)}`);
    throwIfFailed(report);
    if (options.json !== true && report.results.length === 0 && plan.actions.length > 0)
      terminal.print("Nothing was left to do.");
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

/** With --json a failure is printed as the error, with the report in its details: one document either way. */
function throwIfFailed(report: FleetReport): void {
  const { results, failed } = report;
  const first = results.find(({ error }) => error !== undefined);
  if (first?.error === undefined) return;
  const { code, message, hint } = first.error;
  const text = `${failed} of ${counted(results.length, "agent")} failed. The first, "${first.agentName}": ${message}`;
  throw new TenureError(code, text, { hint, cause: first.error, details: { report } });
}

async function readPlan(file: string): Promise<FleetPlan> {
  const read: unknown = await readFile(file, "utf8")
    .then((text): unknown => JSON.parse(text))
    .catch((thrown: unknown) => {
      throw new TenureError(
        "invalid_option",
        `"${file}" cannot be read as a plan: ${TenureError.from(thrown).message}`,
        {
          hint: "Pass what `tenure plan --out FILE` wrote.",
          cause: thrown,
        },
      );
    });
  const isPlan =
    typeof read === "object" &&
    read !== null &&
    "version" in read &&
    read.version === 1 &&
    "actions" in read &&
    Array.isArray(read.actions);
  if (!isPlan) throw new TenureError("invalid_option", `"${file}" is no plan that this version of Tenure wrote.`);
  return read as unknown as FleetPlan;
}
