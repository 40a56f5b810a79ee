import { type Command, Option } from "commander";

/** Options that every command takes. They win over the environment. */
export interface GlobalOptions {
  /** Results and errors as JSON on standard output. */
  readonly json?: boolean;
  readonly endpoint?: string;
  readonly registry?: string;
  readonly scope?: string;
}

/** Adds the options that every command takes to the program. */
export function addGlobalOptions(program: Command): void {
  program
    .addOption(new Option("--json", "print results and errors as JSON on standard output"))
    .addOption(new Option("--endpoint <url>", "the Foundry project (default: $FOUNDRY_PROJECT_ENDPOINT)"))
    .addOption(
      new Option("--registry <place>", "file or postgres:// URL (default: $TENURE_REGISTRY, else .tenure/registry.db)"),
    )
    .addOption(new Option("--scope <name>", 'who owns the agents (default: $TENURE_SCOPE, else "default")'));
}

/** Puts the options where `ProductionAgentManager.default()` looks for them: a command line is this process's environment. */
export function applyGlobalOptions(options: GlobalOptions, environment: NodeJS.ProcessEnv): void {
  if (options.endpoint !== undefined) environment.FOUNDRY_PROJECT_ENDPOINT = options.endpoint;
  if (options.registry !== undefined) environment.TENURE_REGISTRY = options.registry;
  if (options.scope !== undefined) environment.TENURE_SCOPE = options.scope;
}
