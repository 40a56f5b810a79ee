import type { MemoryStore } from "../../src/registry/memory/index.ts";
import type { Choices } from "./choices.ts";
import { Promises } from "./promises.ts";
import { Actor, Scheduler } from "./scheduler.ts";
import { ServiceModel } from "./service-model.ts";
import { chooseSettings, isCalm, type RunKind, type Settings } from "./settings.ts";
import type { Subject } from "./subject.ts";

/** The registry's clock shows this when a run begins. */
export const EPOCH = 1_800_000_000_000;

/** Everything that one run is made of. */
export class World {
  readonly choices: Choices;
  readonly subject: Subject;
  readonly settings: Settings;
  readonly scheduler: Scheduler;
  readonly service: ServiceModel;
  /** The registry's: what all connections share. */
  store: MemoryStore;
  readonly promises: Promises;
  /** What arrives although its sender is gone. */
  readonly network: Actor = new Actor("network");
  /** Off for the examination at the end. */
  hasFaults = true;
  readonly #upsets = new Map<Actor, { readonly at: number; readonly strike: () => void }[]>();

  constructor(choices: Choices, subject: Subject, kind?: RunKind) {
    this.choices = choices;
    this.subject = subject;
    this.settings = chooseSettings(choices, kind);
    this.scheduler = new Scheduler(choices, (actor) => this.#upset(actor));
    this.scheduler.haste = isCalm(this.settings) ? 0 : this.settings.haste;
    this.service = new ServiceModel(this.settings.dedupe);
    this.store = this.emptyStore();
    this.promises = new Promises(this);
  }

  emptyStore(): MemoryStore {
    return new this.subject.MemoryStore({ now: () => this.registryNow });
  }

  get now(): number {
    return this.scheduler.now;
  }

  /** By the registry's clock. */
  get registryNow(): number {
    return EPOCH + this.scheduler.now;
  }

  /** Whether a fault of this kind strikes now. */
  strikes(fault: keyof Settings["faults"]): boolean {
    return this.hasFaults && this.choices.chance(this.settings.faults[fault]);
  }

  /** Whether the process dies of sending a deletion, which then arrives late. Replaced where that shall happen. */
  diesDeleting: (process: Actor) => boolean = () => false;

  /** Strikes the actor after that many of its operations. */
  upsetAfter(actor: Actor, operations: number, strike: () => void): void {
    const list = this.#upsets.get(actor) ?? [];
    list.push({ at: actor.ran + operations, strike });
    this.#upsets.set(actor, list);
  }

  note(actor: Actor, text: () => string): void {
    if (this.scheduler.trace !== undefined) this.scheduler.trace(actor, text());
  }

  #upset(actor: Actor): void {
    const list = this.#upsets.get(actor);
    if (list === undefined || actor.isDead || !this.hasFaults) return;
    for (const upset of list) if (upset.at === actor.ran) upset.strike();
  }
}
