import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { PromotionGate } from "../../lifecycle/revisions/gate.ts";
import type { RevisionInfo } from "../../lifecycle/revisions/list-revisions.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";

interface MoveOptions extends GlobalOptions {
  readonly to?: string;
  readonly alias?: string;
  readonly reason?: string;
  readonly atLeast?: string;
  readonly minCount?: string;
  readonly evaluator?: string;
  readonly source?: string;
}

/** `tenure rollback`. */
export function rollbackCommand(terminal: Terminal): Command {
  return new Command("rollback")
    .description("Make an older revision of an agent current. Nothing is written in the service.")
    .argument("<name>")
    .option("--to <revision>", "version or fingerprint (default: the newest that is older than the current one)")
    .option("--reason <text>", "kept in the audit trail")
    .action(async (name: string, _, command: Command) => {
      const { to, reason, json } = command.optsWithGlobals<MoveOptions>();
      await using manager = await openManager();
      show(await manager.rollback(name, { to, reason }), "Current", { terminal, json });
    });
}

/** `tenure promote`. */
export function promoteCommand(terminal: Terminal): Command {
  return new Command("promote")
    .description("Make a revision current, or point an alias to it, if its scores are good enough.")
    .argument("<name>")
    .requiredOption("--to <revision>", "version or fingerprint")
    .option("--alias <alias>", "the alias that shall stand for it (default: it becomes current)")
    .option("--at-least <score>", "least mean score, 0 to 1 (default: none is asked for)")
    .option("--min-count <number>", "least number of scored answers (default: 1)")
    .option("--evaluator <name>", "whose scores (default: overall)")
    .option("--source <name>", "runs, or the name of a data set (default: runs)")
    .option("--reason <text>", "kept in the audit trail")
    .action(async (name: string, _, command: Command) => {
      const options = command.optsWithGlobals<MoveOptions>();
      const { to = "", alias, reason, json } = options;
      const gate = gateOf(options);
      await using manager = await openManager();
      const promoted = await manager.promote(name, { to, alias, reason, gate });
      show(promoted, alias === undefined ? "Current" : alias, { terminal, json });
    });
}

function gateOf({ atLeast, minCount, evaluator, source }: MoveOptions): PromotionGate | undefined {
  if (atLeast !== undefined) {
    return {
      atLeast: Number(atLeast),
      evaluator,
      source,
      minCount: minCount === undefined ? undefined : Number(minCount),
    };
  }
  if (minCount === undefined && evaluator === undefined && source === undefined) return undefined;
  throw new TenureError("invalid_option", "--min-count, --evaluator and --source belong to --at-least.");
}

function show(
  revision: RevisionInfo,
  what: string,
  { terminal, json }: { readonly terminal: Terminal; readonly json: boolean | undefined },
): void {
  if (json === true) terminal.print(JSON.stringify({ revision }, undefined, 2));
  else terminal.print(`${what}: ${revision.remote.id} (${revision.fingerprint})`);
}
