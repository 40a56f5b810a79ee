import { Command } from "commander";
import type { OwnershipChange } from "../../lifecycle/ownership/describe.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";
import { revisionTable } from "./revisions.ts";

interface AdoptOptions extends GlobalOptions, Pick<OwnershipChange, "owner" | "purpose"> {}

/** `tenure adopt`. */
export function adoptCommand(terminal: Terminal): Command {
  return new Command("adopt")
    .description("Take an agent that is in the service and not in the registry, as it is.")
    .argument("<name>")
    .option("--owner <text>", "a person or team to ask")
    .option("--purpose <text>", "what it is for")
    .action(async (name: string, _, command: Command) => {
      const { owner, purpose, json } = command.optsWithGlobals<AdoptOptions>();
      await using manager = await openManager();
      const adoption = await manager.adopt(name, { owner, purpose });
      if (json === true) return terminal.print(JSON.stringify(adoption, undefined, 2));
      const title = adoption.outcome === "known" ? `${name} was known already.` : `Adopted: ${name}`;
      terminal.print(`${title}\n${revisionTable(adoption.revisions)}`);
    });
}
