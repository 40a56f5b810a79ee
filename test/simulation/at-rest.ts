import { TenureError } from "../../src/errors/index.ts";
import type { AgentKey } from "../../src/registry/contract/index.ts";
import type { RemoteRevision } from "../../src/services/contract/index.ts";
import type { Given } from "./promises.ts";
import { cleanUpAtLast, endTransfers, isNameOfOthers, isReleased } from "./lifecycle/at-last.ts";
import type { Scenario } from "./scenario.ts";
import { settle } from "./settle.ts";
import { LOCATION } from "./simulated-service.ts";
import { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** What a last call may be told, by policy or because somebody else owns the name by now. */
const REFUSALS: ReadonlySet<string> = new Set(["agent_unmanaged", "scope_conflict", "change_forbidden"]);

/**
 * After the last call: no more faults, every process closes, time passes until nothing can arrive any more. Then plain sweeps, then deep ones, then every
 * configuration that somebody had is asked for again.
 */
export async function examine(world: World, scenario: Scenario): Promise<void> {
  world.hasFaults = false;
  const living = scenario.processes.filter((process) => !process.isDead);
  await settle(world, "close", Promise.all(living.map((process) => process.manager.close())));
  world.scheduler.isDirect = true;
  const { lateMs, timeoutMs, leaseMs } = world.settings.options;
  await world.scheduler.pass(2 * lateMs + timeoutMs + leaseMs);
  if (world.promises.violation !== undefined) return;
  world.promises.usage.compare(scenario.processes);
  const scopes = scenario.scopes;
  const examiners = [...scopes].map((scope) => new VirtualProcess(world, `examiner of ${scope}`, scope));
  for (const name of await endTransfers(world, examiners)) scenario.givenUp.add(name);
  for (const deep of [false, false, true, true]) {
    if (deep) checkPlainSweeps(world, scenario);
    for (const examiner of examiners) await sweep(world, scenario, { examiner, deep });
    if (world.promises.violation !== undefined) return;
  }
  checkRest(world, scenario, "");
  for (const given of world.promises.given.values()) checkKept(world, scenario, given);
  for (const examiner of examiners) await askAgain(world, scenario, examiner);
  if (world.settings.kind !== "protocol" && world.promises.violation === undefined)
    await cleanUpAtLast(world, scenario, examiners);
  if (world.promises.violation === undefined) await loseRegistry(world, scenario, scopes);
}

/** What nobody touched is still there, without being asked for. */
function checkKept(world: World, scenario: Scenario, { scope, wanted }: Given): void {
  const { agentName, fingerprint } = wanted.normal;
  const key = { location: LOCATION, scope, name: agentName };
  if (
    scenario.disturbed.has(agentName) ||
    world.settings.faults.staleRead > 0 ||
    world.promises.wasOrderedAway(agentName) ||
    world.promises.retention.hasRetired(key, fingerprint)
  )
    return;
  const revision = world.store.agent(key)?.revisions.get(fingerprint)?.record;
  // Marked it is still usable.
  if (revision !== undefined && revision.state !== "deleted" && world.service.find(revision.remote.id) !== undefined)
    return;
  world.promises.broken(
    "P3 lost",
    `Somebody had ${agentName} ${fingerprint.slice(0, 10)}, nobody took it away, and it is gone.`,
  );
}

/** Plain sweeps find every copy but those that no intent tells of and that are not the latest. */
function checkPlainSweeps(world: World, scenario: Scenario): void {
  // A stale answer may have made somebody believe that the registered copy was gone.
  if (world.settings.faults.staleRead > 0) return;
  for (const key of scenario.keys()) {
    // A cleanup ends the intents of creates that are still under way: only a deep sweep knows what comes of those.
    if (world.promises.wasOrderedAway(key.name) || world.settings.kind !== "protocol") continue;
    if (scenario.disturbed.has(key.name) || isContested(world, key, world.store.agent(key) === undefined)) continue;
    for (const copy of world.service.versions(key.name)) {
      const { stamp, ref } = copy;
      if (!isOf(copy, key) || stamp === undefined || world.promises.service.strays.has(ref.id)) continue;
      const known = world.store.agent(key)?.revisions.get(stamp.fingerprint)?.record;
      if (known?.remote.id !== ref.id || known.state === "deleted")
        world.promises.broken("P3 plain sweep", `${ref.id} is left after two plain sweeps.`);
    }
  }
}

/** From the stamps alone everything is found again (P9). */
async function loseRegistry(world: World, scenario: Scenario, scopes: ReadonlySet<string>): Promise<void> {
  world.store = world.emptyStore();
  world.promises.registryLost();
  for (const scope of scopes)
    await sweep(world, scenario, { examiner: new VirtualProcess(world, `heir of ${scope}`, scope), deep: true });
  checkRest(world, scenario, " after the registry was lost");
}

/** Whoever asks again has the one revision that there is; nobody makes another. */
async function askAgain(world: World, scenario: Scenario, examiner: VirtualProcess): Promise<void> {
  for (const { scope, wanted } of world.promises.given.values()) {
    if (scope !== examiner.scope || world.promises.violation !== undefined) continue;
    const { agentName, fingerprint } = wanted.normal;
    const answer = examiner.manager
      .getOrCreateAgent(wanted.request)
      .catch((thrown: unknown) => TenureError.from(thrown));
    const given = await settle(world, "last call", answer);
    if (given === undefined || given instanceof TenureError) {
      if (given !== undefined && !REFUSALS.has(given.code))
        world.promises.broken(`P8 ${given.code}`, `The last call for ${agentName} failed: ${given.message}`);
      continue;
    }
    if (world.service.find(given.remote.id) === undefined)
      world.promises.broken(
        "P1 none",
        `Who asks for ${agentName} again is given ${given.remote.id}, which is not in the service.`,
      );
    if (isContested(world, { location: LOCATION, scope, name: agentName }, false) || scenario.givenUp.has(agentName))
      continue;
    // What was released nobody has looked after since: copies of late writes come back with it.
    if (world.promises.wasReleased(agentName)) await sweep(world, scenario, { examiner, deep: true });
    const copies = world.service
      .versions(agentName)
      .filter(({ stamp }) => stamp?.scope === scope && stamp.fingerprint === fingerprint);
    if (copies.length > 1)
      world.promises.broken(
        "P1 copies",
        `${copies.map(({ ref }) => ref.id).join(" and ")} are copies of one configuration.`,
      );
  }
}

async function sweep(
  world: World,
  scenario: Scenario,
  { examiner, deep }: { readonly examiner: VirtualProcess; readonly deep: boolean },
): Promise<void> {
  const report = await settle(world, deep ? "deep sweep" : "sweep", examiner.manager.recover({ deep }));
  for (const { agentName, error } of report?.failed ?? []) {
    const isKept =
      isNameOfOthers(world, { scope: examiner.scope, agentName, error }) ||
      (error.code === "scope_conflict" && scenario.givenUp.has(agentName));
    if (!isKept) world.promises.broken("P3 sweep", `The sweep could not look at ${agentName}: ${error.message}`);
  }
}

/** At rest the registry and the service tell the same. */
function checkRest(world: World, scenario: Scenario, when: string): void {
  for (const key of scenario.keys()) {
    const record = world.store.agent(key);
    const isGivenUp =
      isContested(world, key, record === undefined) || isReleased(world, key) || scenario.givenUp.has(key.name);
    for (const copy of isGivenUp ? [] : world.service.versions(key.name)) {
      const { stamp, ref } = copy;
      if (!isOf(copy, key) || stamp === undefined) continue;
      const known = record?.revisions.get(stamp.fingerprint)?.record;
      if (known === undefined || known.state === "deleted")
        world.promises.broken("P3 orphan", `${ref.id} is in the service and not in the registry${when}.`);
      else if (known.remote.id !== ref.id)
        world.promises.broken("P1 copies", `${ref.id} and ${known.remote.id} are copies of one configuration${when}.`);
    }
    for (const { record: revision } of record?.revisions.values() ?? []) {
      if (revision.state !== "deleted" && world.service.find(revision.remote.id) === undefined)
        world.promises.broken("P3 gone", `${revision.remote.id} is in the registry and not in the service.`);
    }
    for (const { record: intent } of record?.intents.values() ?? [])
      world.promises.broken("P3 unfinished", `The intent ${intent.id} was never ended.`);
  }
}

/**
 * Whether another scope took the name after a cleanup, while a create of ours was still under way: its copy then stands among theirs, and nobody can record it.
 * See "What is not promised" in docs/simulation.md.
 */
function isContested(world: World, key: AgentKey, isUnknown: boolean): boolean {
  const scopes = new Set(
    world.service.versions(key.name).flatMap(({ stamp }) => (stamp === undefined ? [] : [stamp.scope])),
  );
  const isTaken = isUnknown && world.store.agentByServiceKey(key.location, key.name) !== undefined;
  return (
    (isTaken || scopes.size > 1) &&
    [...scopes].some((scope) => world.promises.deletedAt({ ...key, scope }) !== undefined)
  );
}

function isOf({ stamp }: RemoteRevision, key: AgentKey): boolean {
  return stamp?.scope === key.scope && stamp.agentName === key.name;
}
