import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { addGlobalOptions, applyGlobalOptions, type GlobalOptions } from "./global-options.ts";
import { reportError } from "./report-error.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

/** Every command. Its file is loaded when it is named on the command line, or when help lists them all. */
const COMMANDS: Readonly<Record<string, (terminal: Terminal) => Promise<Command>>> = {
  adopt: async (terminal) => (await import("./commands/adopt.ts")).adoptCommand(terminal),
  agents: async (terminal) => (await import("./commands/agents.ts")).agentsCommand(terminal),
  alias: async (terminal) => (await import("./commands/alias.ts")).aliasCommand(terminal),
  apply: async (terminal) => (await import("./commands/apply.ts")).applyCommand(terminal),
  cleanup: async (terminal) => (await import("./commands/cleanup.ts")).cleanupCommand(terminal),
  doctor: async (terminal) => (await import("./commands/doctor.ts")).doctorCommand(terminal),
  drift: async (terminal) => (await import("./commands/drift.ts")).driftCommand(terminal),
  emulator: async () => (await import("./commands/emulator.ts")).emulatorCommand(),
  evaluate: async (terminal) => (await import("./commands/evaluate.ts")).evaluateCommand(terminal),
  events: async (terminal) => (await import("./commands/events.ts")).eventsCommand(terminal),
  import: async (terminal) => (await import("./commands/import.ts")).importCommand(terminal),
  plan: async (terminal) => (await import("./commands/plan.ts")).planCommand(terminal),
  promote: async (terminal) => (await import("./commands/rollback.ts")).promoteCommand(terminal),
  release: async (terminal) => (await import("./commands/release.ts")).releaseCommand(terminal),
  revisions: async (terminal) => (await import("./commands/revisions.ts")).revisionsCommand(terminal),
  rollback: async (terminal) => (await import("./commands/rollback.ts")).rollbackCommand(terminal),
  validate: async (terminal) => (await import("./commands/validate.ts")).validateCommand(terminal),
};

/**
 * The `tenure` command: reads the arguments (without `node` and the script), does what they say, and resolves to the exit status.
 * Exit statuses are those of the error codes; see `src/errors/codes.ts`.
 */
export async function main(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  const program = new Command("tenure");
  try {
    await build(program, args, terminal);
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (thrown) {
    return reportError(thrown, { json: args.includes("--json"), terminal });
  }
}

async function build(program: Command, args: readonly string[], terminal: Terminal): Promise<void> {
  program
    .description("Manage the lives of hosted AI agents: one agent per configuration, created at most once.")
    .version(await readVersion())
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ outputError: () => undefined })
    .hook("preAction", (_, action) => applyGlobalOptions(action.optsWithGlobals<GlobalOptions>(), process.env));
  addGlobalOptions(program);
  const named = namedCommand(program, args);
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (named === undefined || named === name) program.addCommand(inherit(await load(terminal), program));
  }
}

/** The value of a global option may be called like a command. */
function namedCommand(program: Command, args: readonly string[]): string | undefined {
  const takeValues = new Set(program.options.filter(({ required }) => required).map(({ long }) => long));
  return args.find((argument, place) => Object.hasOwn(COMMANDS, argument) && !takeValues.has(args[place - 1]));
}

/** Lets a command and those beneath it end by throwing, as the program does. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  return (manifest as { readonly version: string }).version;
}
