import type { Caller, Step } from "./client.ts";
import { type Configuration, configuration } from "./configurations.ts";
import type { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** A call of the manager, without the time of thought before it. */
export type Call = Omit<Step, "thinkMs">;

const CALLS: readonly ((wanted: Configuration) => Call)[] = [
  get,
  cleanupAgent,
  () => recover(false),
  () => recover(true),
  repair,
  () => ({
    call: "statistics",
    run: async ({ process }) => String((await process.manager.getAgentStats()).totalAgents),
  }),
];

/** What a caller of the protocol's runs does: mostly it asks for agents. */
export function chooseCalls(world: World): readonly Step[] {
  const { choices, settings } = world;
  return Array.from({ length: 1 + choices.choose(3) }, () => {
    const make = CALLS[choices.weighted([14, 1.5, 1.5, 0.5, 1, 0.5])] ?? get;
    const wanted = configuration(choices.choose(settings.agents), choices.choose(settings.configurations));
    return { ...make(wanted), thinkMs: choices.oneOf([0, 50, 1_000, 10_000]) };
  });
}

export function get(wanted: Configuration, sessionId?: string): Call {
  return {
    call: `get ${wanted.normal.agentName} ${wanted.normal.fingerprint.slice(0, 10)}`,
    run: async (caller) => {
      const { process } = caller;
      const request = sessionId === undefined ? wanted.request : { ...wanted.request, sessionId };
      const agent = await process.manager.getOrCreateAgent(request);
      process.world.promises.used(process, agent);
      process.world.promises.answered(process, wanted, agent);
      caller.last = agent;
      return `${agent.remote.id} (${agent.outcome})`;
    },
  };
}

export function cleanupAgent({ normal }: Configuration): Call {
  const name = normal.agentName;
  return {
    call: `cleanup of ${name}`,
    run: async ({ process }) => {
      const { promises } = process.world;
      const before = promises.ours(process, name);
      const isDeleted = await process.orders.run("cleanup", name, () => process.manager.cleanupAgent(name));
      promises.cleanedUp(process, { agentName: name, before, isDeleted });
      return String(isDeleted);
    },
  };
}

export function recover(deep: boolean): Call {
  return { call: deep ? "recover deeply" : "recover", run: ({ process }) => sweep(process, deep) };
}

async function sweep(process: VirtualProcess, deep: boolean): Promise<string> {
  const { adopted, duplicatesRemoved, missing, busy, failed } = await process.manager.recover({ deep });
  for (const { agentName: name, error } of failed) process.world.promises.failed(process, `recovery of ${name}`, error);
  return JSON.stringify({ adopted, duplicatesRemoved, missing, busy, failed: failed.length });
}

function repair(): Call {
  return { call: "repair", run: (caller) => repairLast(caller) };
}

async function repairLast(caller: Caller): Promise<string> {
  if (caller.last === undefined) return "nothing to repair";
  const agent = await caller.process.manager.repair(caller.last);
  caller.last = agent;
  return `${agent.remote.id} (${agent.outcome})`;
}
