import process from "node:process";
import type { Timer } from "../../src/runtime/index.ts";
import type { Choices } from "./choices.ts";

/** Somebody whose steps the scheduler orders: a virtual process, or the network. */
export class Actor {
  readonly name: string;
  /** Ended for good: nothing of it ever runs again. */
  isDead = false;
  /** Until then nothing of it runs; what it sent still arrives. */
  stalledUntil = 0;
  /** Operations that have run. */
  ran = 0;

  constructor(name: string) {
    this.name = name;
  }
}

interface Operation {
  readonly actor: Actor;
  readonly label: string;
  readonly run: () => void;
  /** It runs before the clock passes this. */
  readonly deadline: number;
}

interface Alarm {
  readonly actor: Actor;
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Orders everything that happens: one operation or one timer at a time, on a virtual clock that stands still between them. */
export class Scheduler {
  readonly #choices: Choices;
  readonly #afterOperation: (actor: Actor) => void;
  #operations: Operation[] = [];
  #alarms: Alarm[] = [];
  #order = 0;
  #now = 0;
  /** How often the clock goes on although something could run, 0 to 1: then what is under way takes long. */
  haste = 0;
  /** Called with what happens next. */
  trace: ((actor: Actor, label: string) => void) | undefined;
  /** Operations run at once, in the order in which they come: for the examination at the end. */
  isDirect = false;
  steps = 0;

  constructor(choices: Choices, afterOperation: (actor: Actor) => void) {
    this.#choices = choices;
    this.#afterOperation = afterOperation;
  }

  /** Virtual milliseconds since the run began. */
  get now(): number {
    return this.#now;
  }

  /** Will run at a step of the scheduler's choice. */
  add(actor: Actor, label: string, run: () => void, deadline: number = Number.POSITIVE_INFINITY): void {
    if (actor.isDead) return;
    if (this.isDirect) run();
    else this.#operations.push({ actor, label, run, deadline });
  }

  setTimer(actor: Actor, ms: number, run: () => void): Timer {
    const alarm: Alarm = { actor, at: this.#now + Math.max(0, ms), order: (this.#order += 1), run };
    if (!actor.isDead) this.#alarms.push(alarm);
    return { cancel: () => void (this.#alarms = this.#alarms.filter((other) => other !== alarm)) };
  }

  /** Nothing of the actor runs for a while. */
  stall(actor: Actor, ms: number): void {
    actor.stalledUntil = this.#now + ms;
    // Without other timers the clock would not come to the end of the stall.
    this.#alarms.push({ actor, at: actor.stalledUntil, order: (this.#order += 1), run: () => undefined });
  }

  /** The actor is gone with all that it was about to do. */
  kill(actor: Actor): void {
    actor.isDead = true;
    this.#operations = this.#operations.filter((operation) => operation.actor !== actor);
    this.#alarms = this.#alarms.filter((alarm) => alarm.actor !== actor);
  }

  /** Steps until the condition holds. `false` if nothing is left to happen, or the limit of steps is reached before. */
  async runUntil(isOver: () => boolean, maxSteps: number): Promise<boolean> {
    await drained();
    for (const end = this.steps + maxSteps; this.steps < end;) {
      if (isOver()) return true;
      if (!this.#step()) return isOver();
      await drained();
    }
    return false;
  }

  /** Lets everything happen that is due within the time. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await drained();
    while (this.#runDirectly() || this.#advance(end)) await drained();
    this.#now = Math.max(this.#now, end);
  }

  #step(): boolean {
    this.steps += 1;
    const ready = this.#operations.filter((operation) => this.#isAwake(operation.actor));
    if (ready.length === 0) return this.#advance();
    if (this.#choices.chance(this.haste) && this.#advance()) return true;
    const chosen = ready[this.#choices.choose(ready.length)];
    if (chosen !== undefined) this.#run(chosen);
    return true;
  }

  #runDirectly(): boolean {
    const first = this.#operations[0];
    if (first !== undefined) this.#run(first);
    return first !== undefined;
  }

  #run(operation: Operation): void {
    this.#operations.splice(this.#operations.indexOf(operation), 1);
    operation.actor.ran += 1;
    this.trace?.(operation.actor, operation.label);
    operation.run();
    this.#afterOperation(operation.actor);
  }

  /** On to the next timer or the end of a stall; an operation that may not be later comes before. */
  #advance(limit: number = Number.POSITIVE_INFINITY): boolean {
    let next: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (next === undefined || isBefore(alarm, next)) next = alarm;
    }
    if (next === undefined) return false;
    const at = Math.max(next.at, next.actor.stalledUntil);
    if (at > limit) return false;
    const overdue = this.#operations.find((operation) => operation.deadline < at);
    if (overdue !== undefined) {
      this.#run(overdue);
      return true;
    }
    this.#now = Math.max(this.#now, at);
    this.#alarms.splice(this.#alarms.indexOf(next), 1);
    next.run();
    return true;
  }

  #isAwake(actor: Actor): boolean {
    return actor.stalledUntil <= this.#now;
  }
}

function isBefore(one: Alarm, other: Alarm): boolean {
  const at = Math.max(one.at, one.actor.stalledUntil);
  const otherAt = Math.max(other.at, other.actor.stalledUntil);
  return at === otherAt ? one.order < other.order : at < otherAt;
}

/**
 * Resolves when everything that can go on has gone on. A tick begins only after all promise reactions, those included that other reactions start; it costs a
 * tenth of a turn of the event loop.
 */
function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
