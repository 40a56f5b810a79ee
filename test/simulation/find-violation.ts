import { setImmediate } from "node:timers/promises";
import { Choices } from "./choices.ts";
import type { Promised } from "./mutation.ts";
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

/** Runs one seed after the other and stops at the first that breaks a promise, or this one if one is named. */
export async function findViolation(
  subject: Subject,
  range: {
    readonly from: number;
    readonly seeds: number;
    readonly step?: number;
    readonly kind?: RunKind | undefined;
    readonly promise?: Promised | undefined;
    readonly onSeed?: () => void;
  },
): Promise<Finding | undefined> {
  const { from, seeds, step = 1, kind, promise } = range;
  for (let seed = from; seed < from + seeds; seed += step) {
    const { violation, choices } = await simulate(Choices.fromSeed(seed), subject, { kind });
    const isWanted = promise === undefined || violation?.rule.startsWith(`${promise} `) === true;
    if (violation !== undefined && isWanted) return { seed, violation, choices };
    range.onSeed?.();
    // A run never leaves its tick: without this nothing else in the process would get its turn.
    await setImmediate();
  }
  return undefined;
}
