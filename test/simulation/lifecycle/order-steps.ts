import { get } from "../calls.ts";
import type { Step } from "../client.ts";
import type { World } from "../world.ts";
import { setAlias } from "./alias-calls.ts";
import { checkDrift } from "./ownership-calls.ts";
import { chooseCall, chooseConfiguration, cleanup, type Make, pin, promote, protect, rollback } from "./steps.ts";

/** What people order about an agent, each with how often. */
const ORDERS: readonly (readonly [number, Make])[] = [
  [3, (wanted) => get(wanted)],
  [5, () => cleanup()],
  [3, (wanted) => setAlias(wanted, "production", true)],
  [4, rollback],
  [4, promote],
  [2, (wanted) => pin(wanted, false)],
  [3, protect],
  [3, ({ normal }) => checkDrift(normal.agentName, "revert")],
];

/** A caller that asks for the agent and then gives orders, some at once and some after what the grace period takes. */
export function chooseOrders(world: World): readonly Step[] {
  const { choices, settings } = world;
  // Whoever comes after a crash finds what it left: a call for the agent would end that first.
  const isKnown = [...world.store.agents()].length > 0;
  const first = isKnown ? [] : [{ ...get(chooseConfiguration(world)), thinkMs: 0 }];
  const others = Array.from({ length: 4 + choices.choose(8) }, () => {
    const thinkMs = choices.oneOf([0, 1_000, 4_000, settings.retention.graceMs]);
    return { ...chooseCall(world, ORDERS), thinkMs };
  });
  return [...first, ...others];
}
