import { Command } from "commander";
import { notesText } from "../fleet-text.ts";
import { FLEET_FILE, type FleetCommandOptions, readFleet } from "../read-fleet.ts";
import type { Terminal } from "../terminal.ts";
import { counted } from "../counted.ts";

/** `tenure validate`. */
export function validateCommand(terminal: Terminal): Command {
  return new Command("validate")
    .description("Check a fleet file. Asks neither service nor registry.")
    .argument("[file]", "the fleet file", FLEET_FILE)
    .option("--environment <name>", "with this environment's overlay (default: without any, and with each)")
    .action(async (file: string, _, command: Command) => validate(file, terminal, command.optsWithGlobals()));
}

async function validate(file: string, terminal: Terminal, options: FleetCommandOptions): Promise<void> {
  const { fleetEnvironments } = await import("../../lifecycle/fleet/index.ts");
  const all =
    options.environment === undefined ? [undefined, ...(await fleetEnvironments(file))] : [options.environment];
  const checked: { environment: string | undefined; agents: readonly string[]; notes: readonly string[] }[] = [];
  for (const environment of all) {
    const fleet = await readFleet(file, environment);
    checked.push({ environment, agents: fleet.agents.map(({ name }) => name), notes: fleet.notes });
    const notes = notesText(fleet);
    if (options.json === true) continue;
    if (notes !== undefined) terminal.note(notes);
    terminal.print(
      `ok: ${counted(fleet.agents.length, "agent")}${environment === undefined ? "" : ` in ${environment}`}`,
    );
  }
  if (options.json === true) terminal.print(JSON.stringify({ checked }, undefined, 2));
}
