import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { notesText, planText } from "../fleet-text.ts";
import { openManager } from "../open-manager.ts";
import { FLEET_FILE, type FleetCommandOptions, readFleetToApply } from "../read-fleet.ts";
import type { Terminal } from "../terminal.ts";

interface PlanOptions extends FleetCommandOptions {
  readonly out?: string;
}

/** `tenure plan`. */
export function planCommand(terminal: Terminal): Command {
  return new Command("plan")
    .description("Show what separates the service from a fleet file. Changes nothing.")
    .argument("[file]", "the fleet file", FLEET_FILE)
    .option("--environment <name>", "with this environment's overlay")
    .option("--out <plan>", "write the plan to a file, for `tenure apply --plan`")
    .action(async (file: string, _, command: Command) => plan(file, terminal, command.optsWithGlobals()));
}

async function plan(file: string, terminal: Terminal, options: PlanOptions): Promise<void> {
  const fleet = await readFleetToApply(file, options);
  await using manager = await openManager();
  const planned = await manager.planFleet(fleet);
  // Definitions may hold what others should not read.
  if (options.out !== undefined)
    await writeFile(options.out, `${JSON.stringify(planned, undefined, 2)}\n`, { mode: 0o600 });
  if (options.json === true) return terminal.print(JSON.stringify(planned, undefined, 2));
  const notes = notesText(fleet);
  if (notes !== undefined) terminal.note(notes);
  terminal.print(planText(planned));
}
