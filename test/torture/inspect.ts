import type { JsonObject } from "../../src/config/index.ts";
import { AgentManager, openRegistry } from "../../src/manager/index.ts";
import { eachItem } from "../../src/manager/protocol/live-revisions.ts";
import type { AgentService } from "../../src/services/contract/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import type { RoundParams } from "./round.ts";
import type { WorkerLine } from "./worker.ts";

/** What the processes of a round left. */
interface Left {
  readonly scope: string;
  readonly lines: readonly WorkerLine[];
}

/** Ids of the service by configuration, as callers and the definition tell it. */
type Held = ReadonlyMap<string, readonly string[]>;

/** One sweep, then: one version per configuration, nothing without a record, every answer true, nothing unfinished. */
export async function inspect(
  params: RoundParams,
  left: Left,
): Promise<{ readonly duplicates: number; readonly problems: readonly string[] }> {
  const { endpoint, ca, credential } = params.emulator;
  const service = new FoundryAgentService({ endpoint, ca, credential });
  await using manager = new AgentManager({
    service,
    registry: openRegistry(params.registry),
    scope: left.scope,
    model: "gpt-4.1",
    // Nothing of a dead process arrives any more: what is not there now was never made.
    lateMs: 0,
    timeoutMs: 1,
  });
  const before = await readService(service, left.scope);
  const duplicates = [...before.values()].reduce((sum, refs) => sum + refs.length - 1, 0);
  const problems = await sweep(manager);
  const held = await readService(service, left.scope);
  problems.push(...compareRecords(held, await readRegistry(manager, left.scope)), ...compareAnswers(held, left.lines));
  const intents = await manager.registry.intents.list({ location: service.location, scope: left.scope });
  if (intents.items.length > 0) problems.push(`${intents.items.length} intents are unfinished after the sweep`);
  return { duplicates, problems };
}

function idOf(agentName: string, definition: JsonObject): string {
  return `${agentName} ${JSON.stringify(definition["instructions"])}`;
}

async function sweep(manager: AgentManager): Promise<string[]> {
  const report = await manager.recover();
  const problems = report.failed.map(({ agentName, error }) => `the sweep failed for ${agentName}: ${error.message}`);
  if (report.busy > 0) problems.push(`${report.busy} agents were busy although every process has ended`);
  return problems;
}

async function readService(service: AgentService, scope: string): Promise<Held> {
  const held = new Map<string, string[]>();
  for await (const agent of service.listAgents()) {
    if (agent.latest.stamp?.scope !== scope) continue;
    for await (const revision of service.listRevisions({ serviceName: agent.serviceName })) {
      const id = idOf(revision.stamp?.agentName ?? "?", revision.definition);
      held.set(id, [...(held.get(id) ?? []), revision.ref.id]);
    }
  }
  return held;
}

async function readRegistry(manager: AgentManager, scope: string): Promise<ReadonlyMap<string, string>> {
  const { agents } = manager.registry;
  const recorded = new Map<string, string>();
  const place = { location: manager.service.location, scope };
  for await (const { key } of eachItem((cursor) => agents.list({ ...place, cursor })))
    for await (const revision of eachItem((cursor) => agents.listRevisions({ key, states: ["active"], cursor })))
      recorded.set(idOf(key.name, revision.definition), revision.remote.id);
  return recorded;
}

function compareRecords(held: Held, recorded: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [id, refs] of held) {
    if (refs.length !== 1) problems.push(`${refs.length} versions of ${id}: ${refs.join(", ")}`);
    if (recorded.get(id) !== refs[0])
      problems.push(`${id} is ${String(refs[0])} in the service and ${String(recorded.get(id))} in the registry`);
  }
  for (const id of recorded.keys()) if (!held.has(id)) problems.push(`${id} is recorded and not in the service`);
  return problems;
}

function compareAnswers(held: Held, lines: readonly WorkerLine[]): string[] {
  const problems: string[] = [];
  for (const { agentName, instructions, remote, error, message } of lines) {
    const id = idOf(agentName, { instructions });
    if (remote !== undefined && held.get(id)?.[0] !== remote) problems.push(`a caller was given ${remote} for ${id}`);
    if (error === "internal") problems.push(`a caller was given an internal error: ${String(message)}`);
  }
  return problems;
}
