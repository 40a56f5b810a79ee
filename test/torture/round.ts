import type { JsonObject } from "../../src/config/index.ts";
import type { Emulator, Fault } from "../../src/emulator/index.ts";
import { openRegistry, AgentManager } from "../../src/manager/index.ts";
import { PROTOCOL_STEPS } from "../../src/manager/protocol/steps.ts";
import { eachItem } from "../../src/manager/protocol/live-revisions.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { startProgram } from "../support/child-program.ts";
import type { WorkerInput, WorkerLine } from "./worker.ts";

const WORKER = new URL("worker.ts", import.meta.url);
const PROCESSES = 8;
const NAMES = ["analyst", "writer"];
const VARIANTS = ["One.", "Two.", "Three."];
/** Steps at which a process can be told to die. */
const STEPS = Object.keys(PROTOCOL_STEPS).filter((step) => step !== "start" && step !== "end");
/** Longest time by which a fault delays the effect of a request: after it nothing of a dead process arrives any more. */
const EFFECT_DELAY_MS = 60;

/** What a round is made of. */
export interface RoundParams {
  readonly emulator: Emulator;
  readonly registry: string;
  readonly round: number;
  /** 0 (included) to 1 (excluded), seeded. */
  readonly random: () => number;
}

/** How it ended. Nothing in `problems` is what must be. */
export interface RoundResult {
  readonly answers: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly killed: number;
  readonly problems: readonly string[];
}

/** One round: processes call, die and are replaced; then one sweep, and a look at what is left. */
export async function runRound(params: RoundParams): Promise<RoundResult> {
  const scope = `round-${params.round}`;
  params.emulator.clearFaults();
  params.emulator.faults(faultsOf(params));
  const lines: WorkerLine[] = [];
  let killed = 0;
  const replacements: Promise<void>[] = [];
  const run = async (mayDie: boolean): Promise<void> => {
    const worker = startProgram(WORKER, await inputOf(params, { scope, mayDie }));
    if (mayDie && params.random() < 0.3) killSometime(worker.child, params.random);
    const code = await worker.ended;
    lines.push(...(worker.lines() as WorkerLine[]));
    if (code === null) {
      killed += 1;
      replacements.push(run(false));
    } else if (code !== 0) throw new Error(`A process ended with ${code}:\n${worker.errors()}`);
  };
  await Promise.all(Array.from({ length: PROCESSES }, () => run(true)));
  await Promise.all(replacements);
  params.emulator.clearFaults();
  await new Promise((resolve) => setTimeout(resolve, EFFECT_DELAY_MS * 2));
  const problems = await inspect(params, { scope, lines });
  return {
    answers: lines.filter((line) => line.remote !== undefined).length,
    errors: countErrors(lines),
    killed,
    problems,
  };
}

function faultsOf(params: RoundParams): Fault[] {
  const seed = params.round * 97 + 1;
  const create = { method: "POST", path: "/versions" } as const;
  return [
    { ...create, effect: "drop-after", probability: 0.15, seed },
    { ...create, effect: "drop-before", probability: 0.1, seed: seed + 1 },
    { ...create, effect: "status", status: 500, probability: 0.05, seed: seed + 2 },
    { ...create, effect: "status", status: 409, probability: 0.1, seed: seed + 3 },
    {
      ...create,
      effect: "status",
      status: 429,
      headers: { "retry-after-ms": "20" },
      probability: 0.05,
      seed: seed + 4,
    },
    { ...create, effect: "delay", delayMs: EFFECT_DELAY_MS, before: true, probability: 0.2, seed: seed + 5 },
    { method: "GET", path: "/agents", effect: "status", status: 503, probability: 0.05, seed: seed + 6 },
  ];
}

async function inputOf(
  params: RoundParams,
  worker: { readonly scope: string; readonly mayDie: boolean },
): Promise<WorkerInput> {
  const { emulator, registry, round, random } = params;
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  const calls = Array.from({ length: 12 }, () => [`${pick(NAMES, random)}_${round}`, pick(VARIANTS, random)] as const);
  const dies = worker.mayDie && random() < 0.6;
  const killAt = dies ? { step: pick(STEPS, random), time: 1 + Math.floor(random() * 2) } : undefined;
  return { endpoint: emulator.endpoint, ca: emulator.ca, token, registry, scope: worker.scope, calls, killAt };
}

/** At a moment between the start of the process and its usual end. */
function killSometime(child: { kill(signal: "SIGKILL"): boolean }, random: () => number): void {
  setTimeout(() => child.kill("SIGKILL"), 150 + random() * 700);
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("Nothing to pick from.");
  return item;
}

function countErrors(lines: readonly WorkerLine[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of lines) if (error !== undefined) counts[error] = (counts[error] ?? 0) + 1;
  return counts;
}

/** A configuration, as callers and the definition tell it. */
function idOf(agentName: string, definition: JsonObject): string {
  return `${agentName} ${JSON.stringify(definition["instructions"])}`;
}

/** One sweep, then: one version per configuration, nothing without a record, every answer true, nothing unfinished. */
async function inspect(
  params: RoundParams,
  round: { readonly scope: string; readonly lines: readonly WorkerLine[] },
): Promise<readonly string[]> {
  const { emulator, registry } = params;
  const service = new FoundryAgentService({
    endpoint: emulator.endpoint,
    ca: emulator.ca,
    credential: emulator.credential,
  });
  await using manager = new AgentManager({
    service,
    registry: openRegistry(registry),
    scope: round.scope,
    model: "gpt-4.1",
    // Nothing of a dead process arrives any more: what is not there now was never made.
    lateMs: 0,
    timeoutMs: 1,
  });
  const problems: string[] = [];
  const report = await manager.recover();
  for (const { agentName, error } of report.failed)
    problems.push(`the sweep failed for ${agentName}: ${error.message}`);
  if (report.busy > 0) problems.push(`${report.busy} agents were busy although every process has ended`);
  const held = new Map<string, string[]>();
  for await (const agent of service.listAgents()) {
    if (agent.latest.stamp?.scope !== round.scope) continue;
    for await (const revision of service.listRevisions({ serviceName: agent.serviceName })) {
      const id = idOf(revision.stamp?.agentName ?? "?", revision.definition);
      held.set(id, [...(held.get(id) ?? []), revision.ref.id]);
    }
  }
  for (const [id, refs] of held)
    if (refs.length !== 1) problems.push(`${refs.length} versions of ${id}: ${refs.join(", ")}`);
  const recorded = new Map<string, string>();
  const place = { location: service.location, scope: round.scope };
  for await (const agent of eachItem((cursor) => manager.registry.agents.list({ ...place, cursor }))) {
    for await (const revision of eachItem((cursor) =>
      manager.registry.agents.listRevisions({ key: agent.key, states: ["active"], cursor }),
    )) {
      recorded.set(idOf(agent.key.name, revision.definition), revision.remote.id);
    }
  }
  for (const [id, refs] of held)
    if (recorded.get(id) !== refs[0])
      problems.push(`${id} is ${String(refs[0])} in the service and ${String(recorded.get(id))} in the registry`);
  for (const id of recorded.keys()) if (!held.has(id)) problems.push(`${id} is recorded and not in the service`);
  for (const line of round.lines) {
    const id = idOf(line.agentName, { instructions: line.instructions });
    if (line.remote !== undefined && held.get(id)?.[0] !== line.remote)
      problems.push(`a caller was given ${line.remote} for ${id}`);
    if (line.error === "internal") problems.push(`a caller was given an internal error: ${String(line.message)}`);
  }
  const intents = await manager.registry.intents.list(place);
  if (intents.items.length > 0) problems.push(`${intents.items.length} intents are unfinished after the sweep`);
  return problems;
}
