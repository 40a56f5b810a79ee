import { get } from "../calls.ts";
import type { Step } from "../client.ts";
import { configuration } from "../configurations.ts";
import type { VirtualProcess } from "../virtual-process.ts";
import type { World } from "../world.ts";

const LENGTH_MS = 600_000;
/** Cleanup looks this often in each process; one of them does it. */
const CLEANUP_MS = 5_000;

/** Ten minutes of use at random, with pauses about as long as the idle limit, and sometimes as the grace period. */
export function* useForTenMinutes(world: World): Generator<Step, void, undefined> {
  const { choices, settings } = world;
  const { idleAgents } = settings.retention.policies;
  const idleMs = typeof idleAgents === "object" ? Number(idleAgents.unusedFor) : 10_000;
  const { graceMs } = settings.retention;
  while (world.now < LENGTH_MS) {
    const wanted = configuration(choices.choose(settings.agents), choices.choose(settings.configurations));
    const thinkMs = choices.oneOf([idleMs, 0, idleMs / 2, idleMs - 100, idleMs + 100, graceMs, idleMs + graceMs]);
    yield { ...get(wanted), thinkMs };
  }
}

/** As a service does it that looks after its own agents: the schedule of the product, in every process. */
export function cleanUpRegularly({ manager, world }: VirtualProcess): void {
  manager.startCleanup({ everyMs: CLEANUP_MS, policies: world.settings.retention.policies });
}
