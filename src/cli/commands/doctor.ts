import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { ProductionAgentManager } from "../../lifecycle/index.ts";
import type { RecoveryReport } from "../../manager/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import type { Terminal } from "../terminal.ts";
import { counted } from "../counted.ts";

/** One thing that was looked at. */
interface Finding {
  readonly check: string;
  /** What was found; of a failure, its message. */
  readonly detail: string;
  readonly error?: TenureError;
}

/** `tenure doctor`. */
export function doctorCommand(terminal: Terminal): Command {
  return new Command("doctor")
    .description("Check runtime, endpoint, credential and registry, and finish what dead processes left unfinished.")
    .action(async (_, command: Command) => {
      const findings = await examine();
      report(findings, terminal, command.optsWithGlobals());
      const failure = findings.find(({ error }) => error !== undefined)?.error;
      if (failure !== undefined) throw verdict(findings, failure);
    });
}

async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [{ check: "runtime", detail: `Node ${process.versions.node}` }];
  const add = async (name: string, look: () => Promise<string>): Promise<boolean> => {
    const finding = await examineOne(name, look);
    findings.push(finding);
    return finding.error === undefined;
  };
  let manager: ProductionAgentManager | undefined;
  await add("endpoint", async () => {
    manager = await openManager();
    return manager.service.location;
  });
  if (manager === undefined) return findings;
  await using opened = manager;
  const reachesService = await add("service", async () => readService(opened));
  const hasRegistry = await add("registry", async () => readRegistry(opened));
  if (reachesService && hasRegistry) await add("recovery", async () => recoveryText(await opened.recover()));
  return findings;
}

async function examineOne(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, detail: await look() };
  } catch (thrown) {
    const error = TenureError.from(thrown);
    return { check, detail: error.message, error };
  }
}

/** One page of agents: it takes an endpoint that exists, a credential that is accepted and the right to read. */
async function readService(manager: ProductionAgentManager): Promise<string> {
  for await (const agent of manager.service.listAgents()) {
    return `credential accepted; agents are there, the first is ${agent.serviceName}`;
  }
  return "credential accepted; no agents yet";
}

async function readRegistry(manager: ProductionAgentManager): Promise<string> {
  const agents = await manager.listAgents();
  const { sharedBy, durable } = manager.registry.capabilities;
  return `${counted(agents.length, "agent")} in scope ${manager.scope}; ${durable ? "durable" : "in memory"}, shared by ${sharedBy}`;
}

function recoveryText(recovery: RecoveryReport): string {
  const { examined, adopted, duplicatesRemoved, missing, busy, failed } = recovery;
  const [first] = failed;
  if (first !== undefined) {
    const names = failed.map(({ agentName }) => agentName).join(", ");
    throw new TenureError(first.error.code, `Could not look at ${names}: ${first.error.message}`, {
      hint: first.error.hint,
      cause: first.error,
    });
  }
  const counts = [
    [examined, "with unfinished changes looked at"],
    [adopted, "found by their stamps"],
    [duplicatesRemoved, "late copies removed"],
    [missing, "gone from the service"],
    [busy, "being changed by others"],
  ] as const;
  const found = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return found.length === 0 ? "nothing was left unfinished" : found.join(", ");
}

function report(findings: readonly Finding[], terminal: Terminal, { json }: GlobalOptions): void {
  // With --json a failure is printed as the error, with the findings in its details: one document either way.
  if (json === true) {
    if (findings.every(({ error }) => error === undefined)) terminal.print(JSON.stringify({ findings }, undefined, 2));
    return;
  }
  for (const { check, detail, error } of findings) {
    terminal.print(`${error === undefined ? "ok    " : "FAILED"}  ${check.padEnd(8)}  ${detail}`);
  }
}

function verdict(findings: readonly Finding[], failure: TenureError): TenureError {
  const failed = findings.filter(({ error }) => error !== undefined).map(({ check }) => check);
  return new TenureError(failure.code, `Not in order: ${failed.join(", ")}. ${failure.message}`, {
    hint: failure.hint,
    cause: failure,
    details: { findings },
  });
}
