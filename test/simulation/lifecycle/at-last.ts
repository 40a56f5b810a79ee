import type { TenureError } from "../../../src/errors/index.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/index.ts";
import type { AgentKey } from "../../../src/registry/contract/index.ts";
import type { StoredAgent } from "../../../src/registry/memory/store.ts";
import type { Scenario } from "../scenario.ts";
import { OTHER_SCOPE, SCOPE } from "../scopes.ts";
import { settle } from "../settle.ts";
import { LOCATION } from "../simulated-service.ts";
import type { VirtualProcess } from "../virtual-process.ts";
import type { World } from "../world.ts";
import { liveOf, whyHeld } from "./holds.ts";

/** Longer than every idle limit of a run, and than a protection that ends. */
const IDLE_MS = 60_000;
/** What a repeated transfer may be told: then its copies stay until somebody decides. */
const REFUSALS: ReadonlySet<string> = new Set([
  "agent_protected",
  "scope_conflict",
  "service_refused",
  "revision_not_found",
]);

/** Every transfer that was cut off is ended by the same call. Gives the agents whose transfer is refused by now. */
export async function endTransfers(world: World, examiners: readonly VirtualProcess[]): Promise<ReadonlySet<string>> {
  const refused = new Set<string>();
  for (const examiner of examiners) {
    const toScope = examiner.scope === SCOPE ? OTHER_SCOPE : SCOPE;
    for (const name of world.service.names) {
      const isBegun = world.promises.wasGivenAway(examiner.scope, name) && scopesOf(world, name).has(toScope);
      const from = { location: LOCATION, scope: examiner.scope, name };
      const isOpen = world.store.agent(from) !== undefined || scopesOf(world, name).has(examiner.scope);
      if (!isBegun || !isOpen) continue;
      const again = examiner.orders.run("transfer", name, () => examiner.manager.transfer(name, { toScope }));
      // Who has released the agent meanwhile has nothing to transfer any more.
      const mayRefuse = ({ code }: TenureError): boolean =>
        REFUSALS.has(code) || (code === "agent_not_found" && world.promises.wasReleased(name));
      await settle(world, "transfer", again, (error) => mayRefuse(error) && refused.add(name) !== undefined);
    }
  }
  return refused;
}

function scopesOf(world: World, serviceName: string): ReadonlySet<string> {
  return new Set(world.service.versions(serviceName).flatMap(({ stamp }) => (stamp === undefined ? [] : stamp.scope)));
}

/** When nobody uses anything any more: what is held stays, everything else goes, and nothing is left half done. */
export async function cleanUpAtLast(
  world: World,
  scenario: Scenario,
  examiners: readonly VirtualProcess[],
): Promise<void> {
  const { graceMs } = world.settings.retention;
  const policies: RetentionPolicies = {
    grace: graceMs,
    idleAgents: { unusedFor: IDLE_MS },
    revisions: { keep: 0, usedWithin: IDLE_MS },
    sessions: { unusedFor: IDLE_MS },
    stopAbove: 100,
  };
  for (const examiner of examiners) await examiner.manager.flush();
  // Sessions expire first, then what they held is marked, then it goes; then an old copy that a lagging list hid from a transfer, when the new owner is gone.
  for (const pause of [aheadMs(world) + 2 * IDLE_MS, ...Array.from({ length: 4 }, () => graceMs + 1)]) {
    await world.scheduler.pass(pause);
    for (const examiner of examiners) {
      const cleanup = examiner.manager.cleanup({ apply: true, policies });
      const report = await settle(world, "last cleanup", cleanup);
      for (const { agentName, error } of report?.failed ?? [])
        if (!scenario.givenUp.has(agentName) && !isNameOfOthers(world, { scope: examiner.scope, agentName, error }))
          world.promises.broken(
            `P5 last ${error.code}`,
            `The last cleanup could not look at ${agentName}: ${error.message}`,
          );
    }
  }
  for (const agent of world.store.agents())
    if (agent.record.key.location === LOCATION) checkLeft(world, agent, scenario);
}

/**
 * After a cleanup or a transfer another scope may have the name; a copy of ours that then still arrives stays until somebody decides, for the name is not ours any
 * more.
 */
export function isNameOfOthers(
  world: World,
  failed: { readonly scope: string; readonly agentName: string; readonly error: TenureError },
): boolean {
  const { scope, agentName, error } = failed;
  const isGone = world.promises.deletedAt({ location: LOCATION, scope, name: agentName }) !== undefined;
  return error.code === "scope_conflict" && (isGone || world.promises.wasGivenAway(scope, agentName));
}

/** How far ahead the latest use is, by the clock of a process that was set forward. */
function aheadMs(world: World): number {
  const uses = world.store.agents().flatMap(({ usage }) => [...usage.values()]);
  return Math.max(0, ...uses.map(({ lastUsedAt }) => lastUsedAt - world.registryNow));
}

/** What is still in the registry after the last cleanup. */
function checkLeft(world: World, agent: StoredAgent, scenario: Scenario): void {
  const { key, ephemeralOwner } = agent.record;
  const live = liveOf(agent);
  if (scenario.givenUp.has(key.name)) return;
  const marked = live.find(({ state }) => state === "retiring");
  if (marked !== undefined)
    world.promises.broken("P5 half marked", `${marked.remote.id} is still marked after the last cleanup.`);
  for (const alias of agent.aliases.values()) {
    if (!live.some(({ fingerprint }) => fingerprint === alias.fingerprint) && !scenario.disturbed.has(key.name))
      world.promises.broken("P5 alias", `${alias.alias} of ${key.name} stands for a revision that is gone.`);
  }
  const isWhole = ephemeralOwner === undefined || world.promises.isGone(ephemeralOwner.id);
  const isForeign = live.some(({ stamped }) => !stamped);
  const held = live.find((revision) => isOwnHold(whyHeld(agent, revision, world.registryNow)));
  if (live.length > 0 && isWhole && !isForeign && held === undefined && !isKnownAlive(world, agent))
    world.promises.broken("P5 idle", `Nobody uses ${key.name} any more, nothing holds it, and it is still there.`);
  const idle = live.find(({ fingerprint }) => fingerprint !== agent.record.current);
  if (idle !== undefined && isWhole && idle.stamped && whyHeld(agent, idle, world.registryNow) === undefined)
    world.promises.broken(
      "P5 idle",
      `Nobody uses ${idle.remote.id} any more, nothing holds it, and it is still there.`,
    );
}

function isOwnHold(why: string | undefined): boolean {
  return why !== undefined && why !== "current";
}

/** A process whose death nobody can know keeps its own agents. */
function isKnownAlive(world: World, { record }: StoredAgent): boolean {
  return record.ephemeralOwner !== undefined && !world.settings.deathsAreKnown;
}

/** Whether the agent was given up: forgotten, with its copies left in the service. */
export function isReleased(world: World, key: AgentKey): boolean {
  return (
    world.store.agent(key) === undefined &&
    world.store.agent({ ...key, location: `released:${key.location}` }) !== undefined
  );
}
