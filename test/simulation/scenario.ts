import { chooseCalls } from "./calls.ts";
import { Client } from "./client.ts";
import { agentName } from "./configurations.ts";
import { cleanUpRegularly, useForTenMinutes } from "./lifecycle/idle-steps.ts";
import { makeElsewhere, planEdits, planMeddling } from "./lifecycle/outsider.ts";
import { chooseOrders } from "./lifecycle/order-steps.ts";
import { chooseLifecycleCalls } from "./lifecycle/steps.ts";
import type { Actor } from "./scheduler.ts";
import { ABSENT_SCOPE, OTHER_SCOPE, SCOPE } from "./scopes.ts";
import { LOCATION } from "./simulated-service.ts";
import { VirtualProcess } from "./virtual-process.ts";
import { isCalm } from "./settings.ts";
import type { World } from "./world.ts";

const STEPS = {
  protocol: chooseCalls,
  lifecycle: chooseLifecycleCalls,
  idle: useForTenMinutes,
  orders: chooseOrders,
} as const;
/** Most processes that a run ever has. */
const MAX_PROCESSES = 8;

/** What happens in a run: who calls what when, who crashes, and what others do in the service. */
export class Scenario {
  readonly processes: VirtualProcess[] = [];
  readonly clients: Client[] = [];
  /** Agents that somebody changed behind our back. */
  readonly disturbed = new Set<string>();
  /** Agents that two scopes have copies of, and neither can have alone any more. */
  readonly givenUp = new Set<string>();
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
    const onMeddling = (name: string): unknown => this.disturbed.add(name);
    if (settings.kind === "orders" && !isCalm(settings)) {
      planEdits(this.#world, onMeddling);
      this.#world.diesDeleting = (process) => this.#diesDeleting(process);
    } else if (settings.upsets > 0) planMeddling(this.#world, onMeddling);
  }

  get isOver(): boolean {
    return this.clients.every((client) => client.isDone || client.process.isDead);
  }

  #start(scope: string): VirtualProcess {
    const { choices, settings } = this.#world;
    const process = new VirtualProcess(this.#world, `p${this.processes.length}`, scope);
    this.processes.push(process);
    if (settings.kind === "idle") cleanUpRegularly(process);
    for (let clients = 1 + choices.weighted([3, 1]); clients > 0; clients -= 1) {
      const client = new Client(process, STEPS[settings.kind](this.#world));
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
    if (kind === 1) makeElsewhere(this.#world, { agent, number: 0 });
    if (kind === 2) makeElsewhere(this.#world, { agent, number: 99 });
    if (kind === 3) makeElsewhere(this.#world, { agent, number: 0, scope: ABSENT_SCOPE });
  }

  #planUpset(): void {
    const world = this.#world;
    const { choices, settings } = world;
    const process = this.processes[choices.choose(this.processes.length)];
    if (process === undefined) return;
    // The orders of a run that matter here come late.
    const after = 1 + choices.choose(settings.kind === "orders" ? 300 : 60);
    const { leaseMs, lateMs } = settings.options;
    const kind = choices.weighted([5, 4, 1]);
    if (kind === 0) world.upsetAfter(process, after, () => this.#crash(process));
    const stallMs = choices.oneOf([leaseMs * 1.2, leaseMs * 0.5, leaseMs * 3, lateMs * 2]);
    if (kind === 1) world.upsetAfter(process, after, () => stall(process, stallMs));
    const jumpMs = choices.oneOf([-3_600_000, 3_600_000, -1_000]);
    if (kind === 2) world.upsetAfter(process, after, () => (process.clockOffset += jumpMs));
  }

  /** What is ordered next meets a deletion that nobody has ended. */
  #diesDeleting(actor: Actor): boolean {
    const world = this.#world;
    const process = this.processes.find((candidate) => candidate === actor);
    if (process === undefined || !world.hasFaults || !world.choices.chance(0.4)) return false;
    world.upsetAfter(process, 1, () => this.#crash(process));
    return true;
  }

  #crash(process: VirtualProcess): void {
    process.crash();
    if (this.processes.length < MAX_PROCESSES && this.#world.choices.chance(0.5)) this.#start(process.scope);
  }

  /** The scopes that have somebody to look after their agents in the end. */
  get scopes(): ReadonlySet<string> {
    if (this.#world.settings.kind !== "protocol") return new Set([SCOPE, OTHER_SCOPE]);
    return new Set(this.processes.map((process) => process.scope));
  }

  /** The keys of all agents that may be ours. */
  keys(): readonly { readonly location: string; readonly scope: string; readonly name: string }[] {
    const names = Array.from({ length: this.#world.settings.agents }, (_, agent) => agentName(agent));
    return [SCOPE, OTHER_SCOPE].flatMap((scope) => names.map((name) => ({ location: LOCATION, scope, name })));
  }
}

function stall(process: VirtualProcess, ms: number): void {
  process.world.note(process, () => `STALLS for ${ms} ms`);
  process.hasStalled = true;
  process.world.scheduler.stall(process, ms);
}
