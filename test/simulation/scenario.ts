import { agentName, configuration } from "./configurations.ts";
import { Client, chooseActions } from "./client.ts";
import { LOCATION } from "./simulated-service.ts";
import { VirtualProcess } from "./virtual-process.ts";
import type { World } from "./world.ts";

/** The scope of most processes, of some, and of nobody in the run. */
const SCOPE = "ours";
const OTHER_SCOPE = "theirs";
const ABSENT_SCOPE = "elsewhere";
/** Most processes that a run ever has. */
const MAX_PROCESSES = 8;

/** What happens in a run: who calls what when, who crashes, and what others do in the service. */
export class Scenario {
  readonly processes: VirtualProcess[] = [];
  readonly clients: Client[] = [];
  /** Agents that somebody changed behind our back. */
  readonly disturbed = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    const { settings } = this.#world;
    for (let agent = 0; agent < settings.agents; agent += 1) this.#furnish(agent);
    for (let number = 0; number < settings.processes; number += 1) {
      const isOther = settings.otherScope && number > 0 && number === settings.processes - 1;
      this.#start(isOther ? OTHER_SCOPE : SCOPE);
    }
    for (let upset = 0; upset < settings.upsets; upset += 1) this.#planUpset();
    if (settings.upsets > 0) this.#planMeddling();
  }

  get isOver(): boolean {
    return this.clients.every((client) => client.isDone || client.process.isDead);
  }

  #start(scope: string): VirtualProcess {
    const { choices } = this.#world;
    const process = new VirtualProcess(this.#world, `p${this.processes.length}`, scope);
    this.processes.push(process);
    for (let clients = 1 + choices.weighted([3, 1]); clients > 0; clients -= 1) {
      const client = new Client(process, chooseActions(this.#world));
      this.clients.push(client);
      client.begin();
    }
    return process;
  }

  /** What is in the service before anybody calls. */
  #furnish(agent: number): void {
    const { choices } = this.#world;
    const kind = choices.weighted([8, 1, 1, 1]);
    if (kind === 0) return;
    if (kind === 1) this.#makeElsewhere(agent, 0);
    if (kind === 2) this.#makeElsewhere(agent, 99);
    if (kind === 3) this.#makeElsewhere(agent, 0, ABSENT_SCOPE);
  }

  #makeElsewhere(agent: number, number: number, scope?: string): void {
    const world = this.#world;
    const { normal } = configuration(agent, number);
    const { definition, fingerprint } = normal;
    const stamp =
      scope === undefined ? undefined : { scope, agentName: agentName(agent), fingerprint, intentId: "elsewhere" };
    const { revision } = world.service.create(
      { serviceName: agentName(agent), definition, description: undefined, metadata: {}, stamp },
      world.now,
    );
    world.promises.made.set(revision.ref.id, revision);
  }

  #planUpset(): void {
    const world = this.#world;
    const { choices, settings } = world;
    const process = this.processes[choices.choose(this.processes.length)];
    if (process === undefined) return;
    const after = 1 + choices.choose(60);
    const { leaseMs, lateMs } = settings.options;
    const kind = choices.weighted([5, 4, 1]);
    if (kind === 0) world.upsetAfter(process, after, () => this.#crash(process));
    const stallMs = choices.oneOf([leaseMs * 1.2, leaseMs * 0.5, leaseMs * 3, lateMs * 2]);
    if (kind === 1) world.upsetAfter(process, after, () => stall(process, stallMs));
    const jumpMs = choices.oneOf([-3_600_000, 3_600_000, -1_000]);
    if (kind === 2) world.upsetAfter(process, after, () => (process.clockOffset += jumpMs));
  }

  #crash(process: VirtualProcess): void {
    process.crash();
    if (this.processes.length < MAX_PROCESSES && this.#world.choices.chance(0.5)) this.#start(process.scope);
  }

  /** Somebody uses the portal. */
  #planMeddling(): void {
    const world = this.#world;
    const { choices, scheduler } = world;
    const kind = choices.weighted([6, 1, 1, 1]);
    if (kind === 0) return;
    const agent = choices.choose(world.settings.agents);
    const name = agentName(agent);
    scheduler.setTimer(world.network, choices.oneOf([500, 3_000, 20_000]), () => {
      this.disturbed.add(name);
      world.promises.service.meddledAt.set(name, world.now);
      world.note(
        world.network,
        () =>
          ["", `somebody deletes ${name}`, `somebody edits ${name}`, `somebody deletes the oldest version of ${name}`][
            kind
          ] ?? "",
      );
      if (kind === 1) world.service.deleteAgent(name, world.now);
      if (kind === 2) this.#makeElsewhere(agent, 99);
      const oldest = world.service.versions(name)[0];
      if (kind === 3 && oldest !== undefined) world.service.deleteRevision(oldest.ref.id, world.now);
    });
  }

  /** The keys of all agents that may be ours. */
  keys(): readonly { readonly location: string; readonly scope: string; readonly name: string }[] {
    const names = Array.from({ length: this.#world.settings.agents }, (_, agent) => agentName(agent));
    return [SCOPE, OTHER_SCOPE].flatMap((scope) => names.map((name) => ({ location: LOCATION, scope, name })));
  }
}

function stall(process: VirtualProcess, ms: number): void {
  process.world.note(process, () => `STALLS for ${ms} ms`);
  process.world.scheduler.stall(process, ms);
}
