import { examine } from "./at-rest.ts";
import type { Choices } from "./choices.ts";
import type { Violation } from "./promises.ts";
import { Scenario } from "./scenario.ts";
import type { Subject } from "./subject.ts";
import type { RunKind } from "./settings.ts";
import { World } from "./world.ts";

/** Steps after which a run that has not come to its end hangs. The longest of 100,000 seeds took a fifth of it. */
const MAX_STEPS: Readonly<Record<RunKind, number>> = {
  protocol: 20_000,
  lifecycle: 20_000,
  idle: 400_000,
  orders: 20_000,
};

export interface RunResult {
  readonly violation: Violation | undefined;
  readonly choices: readonly number[];
  readonly steps: number;
  /** Revisions that cleanup by policies has deleted. */
  readonly retired: number;
  /** One line per step; empty unless asked for. */
  readonly trace: readonly string[];
}

/** One run from beginning to end: what the callers do, then everything comes to rest and is examined. */
export async function simulate(
  choices: Choices,
  subject: Subject,
  options: { readonly isTraced?: boolean; readonly kind?: RunKind | undefined } = {},
): Promise<RunResult> {
  const world = new World(choices, subject, options.kind);
  const trace: string[] = [];
  if (options.isTraced === true) {
    trace.push(JSON.stringify(world.settings));
    world.scheduler.trace = (actor, text) =>
      trace.push(`${world.scheduler.steps} +${world.now} ms ${actor.name} ${text}`);
  }
  const scenario = new Scenario(world);
  scenario.begin();
  const isOver = (): boolean => scenario.isOver || world.promises.violation !== undefined;
  if (!(await world.scheduler.runUntil(isOver, MAX_STEPS[world.settings.kind])))
    world.promises.broken(
      "P8 hang",
      `Some caller has no answer after ${world.scheduler.steps} steps and ${world.now} ms.`,
    );
  if (world.promises.violation === undefined) await examine(world, scenario);
  const { violation, retention } = world.promises;
  return { violation, choices: choices.taken, steps: world.scheduler.steps, retired: retention.retired, trace };
}
