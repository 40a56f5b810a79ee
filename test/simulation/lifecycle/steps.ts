import type { DriftPolicy } from "../../../src/lifecycle/index.ts";
import { type Call, cleanupAgent, get, recover } from "../calls.ts";
import type { Choices } from "../choices.ts";
import type { Step } from "../client.ts";
import { type Configuration, configuration } from "../configurations.ts";
import type { VirtualProcess } from "../virtual-process.ts";
import type { World } from "../world.ts";
import { deleteAlias, getByAlias, setAlias } from "./alias-calls.ts";
import { adopt, checkDrift, release, transfer } from "./ownership-calls.ts";

const ALIASES = ["production", "production", "staging"] as const;
const POLICIES: readonly [DriftPolicy, ...DriftPolicy[]] = ["report", "adopt", "revert", "fail"];

export type Make = (wanted: Configuration, choices: Choices) => Call;

/** Everything that can be done with an agent after its birth, each with how often it is done. */
const CALLS: readonly (readonly [number, Make])[] = [
  [10, (wanted) => get(wanted)],
  [5, () => cleanup()],
  [1, (wanted) => get(wanted, "session")],
  [2, (wanted, choices) => setAlias(wanted, choices.oneOf(ALIASES), choices.chance(0.5))],
  [2, ({ normal }, choices) => getByAlias(normal.agentName, choices.oneOf(ALIASES))],
  [0.7, ({ normal }, choices) => deleteAlias(normal.agentName, choices.oneOf(ALIASES))],
  [1, rollback],
  [1, (wanted) => promote(wanted)],
  [1, (wanted, choices) => pin(wanted, choices.chance(0.5))],
  [1, ({ normal }) => order("unpin", normal.agentName, ({ manager }, name) => manager.unpin(name))],
  [1, (wanted, choices) => protect(wanted, choices)],
  [1, ({ normal }) => order("unprotect", normal.agentName, ({ manager }, name) => manager.unprotect(name))],
  [3, ({ normal }, choices) => checkDrift(normal.agentName, choices.oneOf(POLICIES))],
  [0.7, (wanted) => ephemeral(wanted)],
  [0.6, ({ normal }) => adopt(normal.agentName)],
  [0.4, ({ normal }) => release(normal.agentName)],
  [0.5, ({ normal }) => transfer(normal.agentName)],
  [1, () => recover(false)],
  [0.5, () => recover(true)],
  [0.4, (wanted) => cleanupAgent(wanted)],
  [0.5, () => plan()],
];

/** What a caller does over and over in a service that cleans up after itself. */
const REGULAR: readonly (readonly [number, Make])[] = [
  [5, (wanted) => get(wanted)],
  [3, () => cleanup()],
];

/**
 * What a caller of the lifecycle's runs does: it asks for an agent, and then either uses and cleans up regularly, or does anything that can be done. Its
 * pauses are about as long as idle limits and grace periods.
 */
export function chooseLifecycleCalls(world: World): readonly Step[] {
  const { choices } = world;
  const isRegular = choices.chance(0.4);
  const calls = isRegular ? REGULAR : CALLS;
  const first = get(chooseConfiguration(world));
  const others = Array.from({ length: 2 + choices.choose(isRegular ? 10 : 6) }, () => {
    const thinkMs = choices.oneOf(isRegular ? [1_000, 4_000, 8_000, 16_000] : [0, 1_000, 6_000, 20_000, 40_000]);
    return { ...chooseCall(world, calls), thinkMs };
  });
  return [{ ...first, thinkMs: choices.oneOf([0, 50]) }, ...others];
}

/** One of them, about an agent of the run. */
export function chooseCall(world: World, calls: readonly (readonly [number, Make])[]): Call {
  const make = calls[world.choices.weighted(calls.map(([weight]) => weight))]?.[1];
  const wanted = chooseConfiguration(world);
  return make === undefined ? get(wanted) : make(wanted, world.choices);
}

export function chooseConfiguration({ choices, settings }: World): Configuration {
  return configuration(choices.choose(settings.agents), choices.choose(settings.configurations));
}

export function cleanup(): Call {
  return {
    call: "retention",
    run: async ({ process }) => {
      const { policies } = process.world.settings.retention;
      const { outcome, counts, busy, failed } = await process.manager.cleanup({ apply: true, policies });
      for (const { agentName, error } of failed)
        process.world.promises.failed(process, `retention of ${agentName}`, error);
      return JSON.stringify({ outcome, ...counts, busy, failed: failed.length });
    },
  };
}

function plan(): Call {
  return {
    call: "plan",
    run: async ({ process }) => {
      const { policies } = process.world.settings.retention;
      return JSON.stringify((await process.manager.plan({ policies })).counts);
    },
  };
}

/** An operation that only the registry sees. */
function order(
  what: string,
  agentName: string,
  run: (process: VirtualProcess, agentName: string) => Promise<unknown>,
): Call {
  return {
    call: `${what} ${agentName}`,
    run: async ({ process }) => {
      const result = await run(process, agentName);
      return typeof result === "string" || typeof result === "boolean" ? String(result) : "an answer";
    },
  };
}

export function rollback({ normal }: Configuration): Call {
  return order("rollback", normal.agentName, ({ manager }, name) => manager.rollback(name));
}

export function promote({ normal }: Configuration): Call {
  return order("promote", normal.agentName, ({ manager }, name) => manager.promote(name, { to: normal.fingerprint }));
}

export function pin({ normal }: Configuration, isCurrent: boolean): Call {
  const revision = isCurrent ? undefined : normal.fingerprint;
  return order("pin", normal.agentName, ({ manager }, name) => manager.pin(name, revision));
}

export function protect({ normal }: Configuration, choices: Choices): Call {
  const revision = choices.chance(0.5) ? normal.fingerprint : undefined;
  const until = choices.oneOf(["20s", "forever"]);
  return order("protect", normal.agentName, ({ manager }, name) => manager.protect(name, until, { revision }));
}

function ephemeral({ request, normal }: Configuration): Call {
  return {
    call: `get an own ${normal.agentName}`,
    run: async ({ process }) => {
      const agent = await process.manager.createEphemeralAgent(request);
      process.world.promises.used(process, agent);
      return agent.remote.id;
    },
  };
}
