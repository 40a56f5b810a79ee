import { type Fingerprint, fingerprintOf, type JsonObject } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type { ManagerCore } from "../../../manager/index.ts";
import type { LifecycleCallOptions } from "../../under-lease.ts";
import type { Fleet, FleetAgent } from "../fleet.ts";
import { inParallel } from "../parallel.ts";
import { decide } from "./decide.ts";
import { listRemote, observe } from "./observe.ts";
import type { FleetPlan, PlanAction } from "./plan.ts";
import { findRetirements } from "./retirements.ts";

/** Agents that are looked at at the same time. */
const PARALLEL = 16;

/**
 * What separates the service from the fleet: reads only. Rejects with `invalid_option` if the fleet is of another scope, `name_collision` if two of its agents
 * would be one in the service, or the error of service or registry.
 */
export async function planFleet(
  core: ManagerCore,
  fleet: Fleet,
  options: LifecycleCallOptions = {},
): Promise<FleetPlan> {
  const { service, scope, runtime } = core.options;
  assertScopeOf(fleet, scope);
  assertDistinct(core, fleet.agents);
  const { signal } = options;
  const listed = await listRemote(core, fleet.agents, signal);
  const actions: PlanAction[] = [];
  await inParallel(fleet.agents, { parallel: PARALLEL, signal }, async (agent) => {
    const action = decide(fleet, agent, await observe(core, agent, { listed, signal }));
    if (action !== undefined) actions.push(action);
  });
  const unchanged = fleet.agents.length - actions.length;
  const retirements = await findRetirements(core, fleet);
  return {
    version: 1,
    fleet: fleet.name,
    digest: digestOf(fleet),
    location: service.location,
    scope,
    environment: fleet.environment,
    madeAt: new Date(runtime.now()).toISOString(),
    actions: [...actions, ...retirements.actions].toSorted((a, b) => (a.agentName < b.agentName ? -1 : 1)),
    unchanged,
    others: retirements.others,
  };
}

/** Of everything that the file asks for and a plan depends on. */
function digestOf({ name, agents, policies }: Fleet): Fingerprint {
  const wanted = agents.map(({ name: agentName, normal, aliases, owner, purpose, unmanaged, drift }) => [
    agentName,
    { fingerprint: normal.fingerprint, aliases, owner, purpose, unmanaged, drift },
  ]);
  return fingerprintOf({ name, policies: { ...policies }, agents: Object.fromEntries(wanted) as JsonObject });
}

function assertScopeOf(fleet: Fleet, scope: string): void {
  if (fleet.scope === undefined || fleet.scope === scope) return;
  throw new TenureError(
    "invalid_option",
    `The fleet "${fleet.name}" is of scope "${fleet.scope}", and the manager of scope "${scope}".`,
    {
      hint: "Make the manager with the fleet's scope, or take `scope` out of the file.",
    },
  );
}

function assertDistinct(core: ManagerCore, agents: readonly FleetAgent[]): void {
  const { service } = core.options;
  const owners = new Map<string, string>();
  for (const { name } of agents) {
    const key = service.toServiceKey(service.toServiceName(name));
    if (key === undefined) continue;
    const owner = owners.get(key);
    if (owner !== undefined)
      throw new TenureError(
        "name_collision",
        `The agents "${owner}" and "${name}" would both be "${key}" in the service.`,
      );
    owners.set(key, name);
  }
}
