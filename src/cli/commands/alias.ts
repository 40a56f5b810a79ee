import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { AliasRecord } from "../../registry/contract/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import { formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { wholeNumberFrom } from "../number-argument.ts";

interface SetOptions extends GlobalOptions {
  readonly to: string;
  readonly expected?: number;
  readonly reason?: string;
}

/** `tenure alias`. */
export function aliasCommand(terminal: Terminal): Command {
  const alias = new Command("alias").description("Names such as production that stand for revisions.");
  alias
    .command("list <name>")
    .description("list the aliases of an agent")
    .action(async (name: string, _, command: Command) => {
      await using manager = await openManager();
      show(await manager.listAliases(name), terminal, command.optsWithGlobals());
    });
  alias
    .command("set <name> <alias>")
    .description("point an alias to a revision")
    .requiredOption("--to <revision>", "version or fingerprint")
    .option(
      "--expected <moves>",
      "only if it was moved so often (0: only if it is new)",
      wholeNumberFrom(0, Number.MAX_SAFE_INTEGER),
    )
    .option("--reason <text>", "kept in the audit trail")
    .action(async (name: string, alias: string, _, command: Command) => {
      const options = command.optsWithGlobals<SetOptions>();
      const { to } = options;
      const { expected } = options;
      await using manager = await openManager();
      show([await manager.setAlias(name, alias, { to, expected, reason: options.reason })], terminal, options);
    });
  alias
    .command("delete <name> <alias>")
    .description("remove an alias; its revision stays")
    .action(async (name: string, alias: string, _, command: Command) => {
      await using manager = await openManager();
      if (!(await manager.deleteAlias(name, alias)))
        throw new TenureError("alias_not_found", `The agent "${name}" has no alias "${alias}".`);
      const { json } = command.optsWithGlobals<GlobalOptions>();
      terminal.print(json === true ? JSON.stringify({ deleted: alias }) : `Deleted: ${alias}`);
    });
  return alias;
}

function show(aliases: readonly AliasRecord[], terminal: Terminal, { json }: GlobalOptions): void {
  if (json === true) return terminal.print(JSON.stringify({ aliases }, undefined, 2));
  const rows = aliases.map(({ alias, fingerprint, moves, movedAt }) => [
    alias,
    fingerprint.slice(0, 15),
    String(moves),
    new Date(movedAt).toISOString(),
  ]);
  terminal.print(formatTable(["ALIAS", "FINGERPRINT", "MOVES", "MOVED"], rows));
}
