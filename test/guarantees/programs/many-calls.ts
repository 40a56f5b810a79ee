/** 10,000 concurrent calls in one process for 100 configurations; tells how many were made, and the heap before and after. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openManager, type Place, readInput, tell } from "./place.ts";

interface Input extends Place {
  readonly calls: number;
  readonly configurations: number;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const input = readInput<Input>();
const manager = openManager(input);
// The first calls load the clients and fill the caches of the engine: that is the start to which memory is to come back.
await callAll("warm");
const before = heap();
const made = await callAll("agent");
const after = heap();
tell({ made, beforeMb: before / 1e6, afterMb: after / 1e6 });
await manager.close();

async function callAll(name: string): Promise<number> {
  const agents = await Promise.all(
    Array.from({ length: input.calls }, (_, call) => {
      const number = call % input.configurations;
      return manager.getOrCreateAgent({ agentName: `${name}-${number % 20}`, instructions: `Variant ${number}.` });
    }),
  );
  return agents.filter((agent) => !agent.reused).length;
}

function heap(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
