import { setImmediate } from "node:timers/promises";
import { Choices } from "./choices.ts";
import type { Violation } from "./promises.ts";
import type { RunKind } from "./settings.ts";
import { simulate } from "./simulation.ts";
import type { Subject } from "./subject.ts";

/** A seed whose run broke a promise. */
export interface Finding {
  readonly seed: number;
  readonly violation: Violation;
  readonly choices: readonly number[];
}

/** Runs one seed after the other and stops at the first that breaks a promise. */
export async function findViolation(
  subject: Subject,
  range: {
    readonly from: number;
    readonly seeds: number;
    readonly step?: number;
    readonly kind?: RunKind | undefined;
    readonly onSeed?: () => void;
  },
): Promise<Finding | undefined> {
  const { from, seeds, step = 1, kind } = range;
  for (let seed = from; seed < from + seeds; seed += step) {
    const { violation, choices } = await simulate(Choices.fromSeed(seed), subject, { kind });
    if (violation !== undefined) return { seed, violation, choices };
    range.onSeed?.();
    // A run never leaves its tick: without this nothing else in the process would get its turn.
    await setImmediate();
  }
  return undefined;
}
