import { once } from "node:events";
import { Command } from "commander";
import type { AuditEvent } from "../../lifecycle/audit/read-events.ts";
import { TenureError } from "../../errors/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";

interface EventsOptions extends GlobalOptions {
  readonly type?: readonly string[];
  readonly since?: string;
  readonly follow?: boolean;
  readonly prune?: string;
}

/** `tenure events`: the audit trail as lines for a person, or as JSON Lines with `--json`. */
export function eventsCommand(terminal: Terminal): Command {
  return new Command("events")
    .description("Show who decided what, and why. With --json: one object per line.")
    .argument("[name]", "one agent (default: every agent of the scope)")
    .option("--type <type...>", "only these types, e.g. revision.current")
    .option("--since <time>", "e.g. 24h or 2026-12-01T00:00:00Z")
    .option("--follow", "go on with what happens, until Ctrl-C")
    .option("--prune <time>", "show nothing; forget what is older, e.g. 90d")
    .action(async (name: string | undefined, _, command: Command) => run(name, terminal, command.optsWithGlobals()));
}

async function run(name: string | undefined, terminal: Terminal, options: EventsOptions): Promise<void> {
  await using manager = await openManager();
  const { json, follow, since, type } = options;
  if (options.prune !== undefined) {
    if (follow === true) throw new TenureError("invalid_option", "--prune and --follow do not go together.");
    const pruned = await manager.pruneEvents(options.prune as `${number}d`);
    return terminal.print(json === true ? JSON.stringify({ pruned }) : `Forgotten: ${pruned} events`);
  }
  const stop = new AbortController();
  const end = (): void => stop.abort();
  if (follow === true) void once(process, "SIGINT", { signal: stop.signal }).then(end, () => undefined);
  try {
    const filter = { agentName: name, types: type, since, follow: follow ?? false, signal: stop.signal };
    for await (const event of manager.events(filter))
      terminal.print(json === true ? JSON.stringify(event) : line(event));
  } finally {
    end();
  }
}

function line({ at, type, agentName, actor, data }: AuditEvent): string {
  const { cause, before, after } = data;
  const change = before === undefined && after === undefined ? "" : `  ${shown(before)} -> ${shown(after)}`;
  return `${at}  ${type}  ${agentName ?? ""}  ${shown(cause)}${change}  by ${actor.host}:${actor.pid}`;
}

/** Fingerprints are cut: the beginning tells them apart, and names them to the other commands. */
function shown(value: AuditEvent["data"][string]): string {
  if (value === undefined || value === null) return "-";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.startsWith("v1:") ? text.slice(0, 15) : text.slice(0, 80);
}
