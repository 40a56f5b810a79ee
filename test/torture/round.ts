import type { Emulator, Fault } from "../../src/emulator/index.ts";
import { startProgram } from "../support/child-program.ts";
import { type Death, MORTAL_STEPS } from "./death.ts";
import { inspect } from "./inspect.ts";
import type { WorkerInput, WorkerLine } from "./worker.ts";

const WORKER = new URL("worker.ts", import.meta.url);
const PROCESSES = 8;
const NAMES = ["analyst", "writer"];
const VARIANTS = ["One.", "Two.", "Three."];
/** Each process of the first wave dies. Another takes the place of a dead one with this probability, and dies with the next. */
const REPLACEMENT = 0.4;
const NEXT_DEATH = 0.3;
const CALLS = 8;
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
  /** Versions beyond one per configuration before the sweep: what late requests of the dead made. */
  readonly duplicates: number;
  readonly problems: readonly string[];
}

/** One round: processes call, die and are replaced; then one sweep, and a look at what is left. */
export async function runRound(params: RoundParams): Promise<RoundResult> {
  const scope = `round-${params.round}`;
  params.emulator.clearFaults();
  params.emulator.faults(faultsOf(params));
  const seen: Seen = { scope, lines: [], killed: 0 };
  await Promise.all(Array.from({ length: PROCESSES }, () => runLine(params, seen)));
  params.emulator.clearFaults();
  await new Promise((resolve) => setTimeout(resolve, EFFECT_DELAY_MS * 2));
  const { lines, killed } = seen;
  return {
    answers: lines.filter((line) => line.remote !== undefined).length,
    errors: countErrors(lines),
    killed,
    ...(await inspect(params, { scope, lines })),
  };
}

interface Seen {
  readonly scope: string;
  readonly lines: WorkerLine[];
  killed: number;
}

/** A process, the one that takes its place when it has died, and so on until one lives to its end or none follows. */
async function runLine(params: RoundParams, seen: Seen): Promise<void> {
  for (let isFirst = true; isFirst || params.random() < REPLACEMENT; isFirst = false) {
    const mustDie = isFirst || params.random() < NEXT_DEATH;
    const worker = startProgram(WORKER, await inputOf(params, { scope: seen.scope, mustDie }));
    if (mustDie && params.random() < 0.3) killSometime(worker.child, params.random);
    const code = await worker.ended;
    seen.lines.push(...(worker.lines() as WorkerLine[]));
    if (code === null) seen.killed += 1;
    else if (mustDie || code !== 0) throw new Error(`A process ended with ${code}:\n${worker.errors()}`);
    else return;
  }
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
  worker: { readonly scope: string; readonly mustDie: boolean },
): Promise<WorkerInput> {
  const { emulator, registry, round, random } = params;
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  const calls = Array.from(
    { length: CALLS },
    () => [`${pick(NAMES, random)}_${round}`, pick(VARIANTS, random)] as const,
  );
  const death: Death = { step: pick(MORTAL_STEPS, random), time: 1 + Math.floor(random() * 2) };
  const { scope, mustDie } = worker;
  return {
    endpoint: emulator.endpoint,
    ca: emulator.ca,
    token,
    registry,
    scope,
    calls,
    death: mustDie ? death : undefined,
  };
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
