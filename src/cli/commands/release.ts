import { Command } from "commander";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";

interface ReleaseOptions extends GlobalOptions {
  readonly toScope?: string;
}

/** `tenure release`: forgets an agent, or hands it to another scope. */
export function releaseCommand(terminal: Terminal): Command {
  return new Command("release")
    .description("Forget an agent without deleting it in the service, or hand it to another scope.")
    .argument("<name>")
    .option("--to-scope <scope>", "the scope that shall own it: its revisions are written anew with that scope's stamp")
    .action(async (name: string, _, command: Command) => {
      const { toScope, json } = command.optsWithGlobals<ReleaseOptions>();
      await using manager = await openManager();
      if (toScope === undefined) {
        await manager.release(name);
        return terminal.print(json === true ? JSON.stringify({ released: name }) : `Released: ${name}`);
      }
      const moved = await manager.transfer(name, { toScope });
      if (json === true) return terminal.print(JSON.stringify(moved, undefined, 2));
      const lines = moved.revisions.map(({ before, after }) => `  ${before} is ${after} now`);
      terminal.print([`Transferred: ${name} to ${toScope}`, ...lines].join("\n"));
    });
}
