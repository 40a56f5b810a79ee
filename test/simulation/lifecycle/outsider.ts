import { agentName, configuration } from "../configurations.ts";
import type { World } from "../world.ts";

/** What a person can do in the service's portal, past Tenure. */
interface Meddling {
  readonly does: string;
  readonly run: (world: World, agent: number) => void;
}

const NEWEST = 99;

const OF_ALL_RUNS: readonly Meddling[] = [
  { does: "deletes", run: (world, agent) => void world.service.deleteAgent(agentName(agent), world.now) },
  { does: "adds a version to", run: (world, agent) => makeElsewhere(world, { agent, number: NEWEST }) },
  {
    does: "deletes the oldest version of",
    run: (world, agent) => {
      const oldest = world.service.versions(agentName(agent))[0];
      if (oldest !== undefined) world.service.deleteRevision(oldest.ref.id, world.now);
    },
  },
];

const EDIT: Meddling = {
  does: "edits the latest version of",
  run: (world, agent) => edit(world, agent, { definition: { kind: "prompt", instructions: "Edited." } }),
};

const OF_LIFECYCLE_RUNS: readonly Meddling[] = [
  ...OF_ALL_RUNS,
  EDIT,
  {
    does: "takes the stamp off the latest version of",
    run: (world, agent) => edit(world, agent, { stamp: undefined }),
  },
  { does: "disables", run: (world, agent) => world.service.disabled.add(agentName(agent)) },
];

/** Decides whether somebody uses the portal in this run, when, and for what. `onMeddling` hears of which agent. */
export function planMeddling(world: World, onMeddling: (agentName: string) => void): void {
  const { choices, settings } = world;
  const isLifecycle = settings.kind === "lifecycle";
  const deeds = isLifecycle ? OF_LIFECYCLE_RUNS : OF_ALL_RUNS;
  const place = choices.weighted([isLifecycle ? 2 : 6, ...deeds.map(() => 1)]) - 1;
  const deed = deeds[place];
  if (deed === undefined) return;
  const agent = choices.choose(settings.agents);
  planDeed(world, { deed, agent, afterMs: choices.oneOf([500, 3_000, 20_000]) }, onMeddling);
}

/** Somebody edits the first agent again and again, so that there is something to bring back. */
export function planEdits(world: World, onMeddling: (agentName: string) => void): void {
  for (const afterMs of [3_000, 12_000, 30_000])
    if (world.choices.chance(0.5)) planDeed(world, { deed: EDIT, agent: 0, afterMs }, onMeddling);
}

function planDeed(
  world: World,
  planned: { readonly deed: Meddling; readonly agent: number; readonly afterMs: number },
  onMeddling: (agentName: string) => void,
): void {
  const { deed, agent, afterMs } = planned;
  const name = agentName(agent);
  world.scheduler.setTimer(world.network, afterMs, () => {
    onMeddling(name);
    world.promises.service.meddledAt.set(name, world.now);
    world.note(world.network, () => `somebody ${deed.does} ${name}`);
    deed.run(world, agent);
  });
}

/** An agent, or a version of one, that no process of the run has made. */
export function makeElsewhere(
  world: World,
  wanted: { readonly agent: number; readonly number: number; readonly scope?: string | undefined },
): void {
  const { agent, number, scope } = wanted;
  const { definition, fingerprint } = configuration(agent, number).normal;
  const name = agentName(agent);
  const stamp = scope === undefined ? undefined : { scope, agentName: name, fingerprint, intentId: "elsewhere" };
  const { revision } = world.service.create(
    { serviceName: name, definition, description: undefined, metadata: {}, stamp },
    world.now,
  );
  world.promises.made.set(revision.ref.id, revision);
}

function edit(world: World, agent: number, change: Parameters<World["service"]["edit"]>[1]): void {
  const latest = world.service.versions(agentName(agent)).at(-1);
  if (latest === undefined) return;
  const { id } = latest.ref;
  world.service.edit(id, change, world.now);
  // Without its stamp it is nobody's from now on.
  const made = world.promises.made.get(id);
  if (made !== undefined && "stamp" in change) world.promises.made.set(id, { ...made, stamp: undefined });
}
