import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { AgentMetadata, AgentStats } from "../../manager/index.ts";
import type { GlobalOptions } from "../global-options.ts";
import { openManager } from "../open-manager.ts";
import { formatFacts, formatTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { cleanupAgents } from "./agents-cleanup.ts";
import { counted } from "../counted.ts";

/** `tenure agents`. */
export function agentsCommand(terminal: Terminal): Command {
  const agents = new Command("agents").description("Look at the agents of the scope, and clean them up.");
  agents
    .command("list")
    .description("list the agents")
    .action(async (_, command: Command) => list(terminal, command.optsWithGlobals()));
  agents
    .command("show <name>")
    .description("show one agent")
    .action(async (name: string, _, command: Command) => show(name, terminal, command.optsWithGlobals()));
  agents
    .command("stats")
    .description("show what the agents were used for, over all processes of the registry")
    .action(async (_, command: Command) => stats(terminal, command.optsWithGlobals()));
  agents
    .command("cleanup [name]")
    .description("delete what Tenure made of an agent in the service, then its record")
    .option("--all", "every agent of the scope")
    .option("--yes", "do not ask")
    .action(async (name: string | undefined, _, command: Command) =>
      cleanupAgents(name, terminal, command.optsWithGlobals()),
    );
  return agents;
}

async function list(terminal: Terminal, { json }: GlobalOptions): Promise<void> {
  await using manager = await openManager();
  const agents = await manager.listAgents();
  if (json === true) return terminal.print(JSON.stringify({ agents }, undefined, 2));
  if (agents.length === 0) return terminal.print(`No agents in scope ${manager.scope}.`);
  const rows = agents.map((agent) => [
    agent.agentName,
    remoteText(agent),
    agent.model ?? "",
    agent.webSearchEnabled ? "yes" : "no",
    agent.createdAt,
  ]);
  terminal.print(formatTable(["NAME", "IN THE SERVICE", "MODEL", "WEB SEARCH", "CREATED"], rows));
}

async function show(name: string, terminal: Terminal, { json }: GlobalOptions): Promise<void> {
  await using manager = await openManager();
  const agent = await manager.getAgentMetadata(name);
  if (agent === undefined) throw unknownAgent(name, manager.scope);
  const usage = (await manager.getAgentStats()).agents[name];
  if (json === true) return terminal.print(JSON.stringify({ agent, usage }, undefined, 2));
  terminal.print(
    formatFacts([
      ["name", agent.agentName],
      ["in the service", remoteText(agent)],
      ["model", agent.model],
      ["web search", agent.webSearchEnabled ? "yes" : "no"],
      ["fingerprint", agent.fingerprint],
      ["created", agent.createdAt],
      ["last used", usage?.lastUsed],
      ["uses", usage?.useCount],
      ["sessions", usage?.sessions],
      ["revisions", usage?.revisions],
      ["runs", usage?.runs],
      ["tokens", usage?.tokens.total],
    ]),
  );
}

async function stats(terminal: Terminal, { json }: GlobalOptions): Promise<void> {
  await using manager = await openManager();
  const statistics = await manager.getAgentStats();
  if (json === true) return terminal.print(JSON.stringify(statistics, undefined, 2));
  terminal.print(`${usageTable(statistics)}\n\n${ratesText(statistics)}`);
}

function usageTable({ agents }: AgentStats): string {
  const rows = Object.entries(agents).map(([name, usage]) => [
    name,
    ...[usage.useCount, usage.sessions, usage.revisions, usage.runs, usage.tokens.total].map(String),
    usage.lastUsed ?? "never",
  ]);
  return formatTable(["NAME", "USES", "SESSIONS", "REVISIONS", "RUNS", "TOKENS", "LAST USED"], rows);
}

function ratesText({ totalAgents, creations, reuses, reuseRate }: AgentStats): string {
  const percent = (reuseRate * 100).toFixed(1);
  return `${counted(totalAgents, "agent")}, ${counted(creations, "creation")}, ${counted(reuses, "reuse")} (${percent} % of the calls found their agent)`;
}

function remoteText({ remote, serviceName }: AgentMetadata): string {
  if (remote === undefined) return `${serviceName} (not committed)`;
  return remote.version === undefined ? remote.name : `${remote.name}:${remote.version}`;
}

function unknownAgent(name: string, scope: string): TenureError {
  const hint = "See `tenure agents list`, or name another --scope.";
  return new TenureError("agent_not_found", `There is no agent "${name}" in scope ${scope}.`, { hint });
}
