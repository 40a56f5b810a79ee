import { Command } from "commander";
import { assertDriftPolicy, type DriftPolicy } from "../../lifecycle/options.ts";
import type { DriftFinding } from "../../lifecycle/drift/finding.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";

interface DriftCommandOptions extends GlobalOptions {
  readonly apply?: boolean;
  readonly policy?: string;
}

/** `tenure drift`: shows what is not as it was left; with `--apply` or `--policy` something is done about it. */
export function driftCommand(terminal: Terminal): Command {
  return new Command("drift")
    .description("Show what others changed in the service since our last write.")
    .argument("[name]", "one agent (default: every agent of the scope)")
    .option("--apply", "apply the policies of the agents")
    .option("--policy <policy>", "report, adopt, revert or fail, for this time; implies --apply")
    .action(async (name: string | undefined, _, command: Command) => check(name, terminal, command.optsWithGlobals()));
}

async function check(name: string | undefined, terminal: Terminal, options: DriftCommandOptions): Promise<void> {
  const policy = policyOf(options.policy);
  await using manager = await openManager();
  const findings =
    options.apply === true || policy !== undefined
      ? manager.checkDrift({ agentName: name, policy })
      : manager.drift(name);
  let count = 0;
  for await (const finding of findings) {
    count += 1;
    // One line per finding, so that a scope of any size can be read as it comes.
    terminal.print(options.json === true ? JSON.stringify(finding) : findingText(finding));
  }
  if (count === 0 && options.json !== true) terminal.print("Everything is as it was left.");
}

function policyOf(policy: string | undefined): DriftPolicy | undefined {
  if (policy === undefined) return undefined;
  assertDriftPolicy(policy, "--policy");
  return policy;
}

function findingText({ agentName, source, remote, text, action, error }: DriftFinding): string {
  const where = remote === undefined ? "" : ` (${remote.id})`;
  const done = action === "none" ? "" : `, ${action}`;
  const why = error === undefined ? [] : [`  ${error.message}`];
  const lines = text === "" ? [] : text.split("\n").map((line) => `  ${line}`);
  return [`${agentName}: ${source}${where}${done}`, ...why, ...lines].join("\n");
}
