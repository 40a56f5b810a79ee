/** Asks for known agents all the time and, beside that, for new ones, until it is told to end; then tells what the callers saw. */
import { once } from "node:events";
import { TenureError } from "../../../src/errors/index.ts";
import { systemRuntime } from "../../../src/runtime/index.ts";
import { openManager, type Place, readInput, tell } from "./place.ts";

interface Input extends Place {
  readonly number: number;
}

const PAUSE_MS = 10;
const KNOWN = ["one", "two", "three"];

const input = readInput<Input>();
const manager = openManager(input, { freshMs: 200, flushMs: 100, timeoutMs: 20_000 });
const given = new Map<string, Set<string>>();
const newErrors: Record<string, number> = {};
let knownFailures = 0;
let longestMs = 0;
/** When a known agent was given, by the machine's clock. */
const answeredAt: number[] = [];
const ending = new AbortController();
void once(process, "SIGTERM").then(() => ending.abort());

for (const name of KNOWN) await ask(name);
tell({ ready: true });
// Apart from each other: a new agent that has to wait for the registry must not keep the known ones from being asked for.
await Promise.all([askForKnown(), askForNew()]);
tell({ knownFailures, newErrors, longestMs, answeredAt, given: [...given].map(([name, ids]) => [name, [...ids]]) });
await manager.close();

async function askForKnown(): Promise<void> {
  while (!ending.signal.aborted) {
    const from = systemRuntime.monotonic();
    for (const name of KNOWN) {
      const code = await ask(name);
      if (code !== undefined) knownFailures += 1;
      answeredAt.push(systemRuntime.now());
    }
    longestMs = Math.max(longestMs, systemRuntime.monotonic() - from);
    await systemRuntime.sleep(PAUSE_MS);
  }
}

async function askForNew(): Promise<void> {
  for (let round = 0; !ending.signal.aborted; round += 1) {
    const code = await ask(`new-${input.number}-${round}`);
    if (code !== undefined) newErrors[code] = (newErrors[code] ?? 0) + 1;
    await systemRuntime.sleep(PAUSE_MS * 20);
  }
}

async function ask(name: string): Promise<string | undefined> {
  try {
    const agent = await manager.getOrCreateAgent({ agentName: name, instructions: "Work." });
    given.set(name, (given.get(name) ?? new Set()).add(agent.remote.id));
    return undefined;
  } catch (thrown) {
    return TenureError.from(thrown).code;
  }
}
