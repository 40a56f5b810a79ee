import type { IdlePolicy, RetentionPolicies, RevisionPolicy } from "../../../src/lifecycle/index.ts";
import type { Choices } from "../choices.ts";

/** What cleanups of a run do. The grace period stands apart, because what may go is measured by it. */
export interface SimulatedRetention {
  readonly policies: RetentionPolicies;
  readonly graceMs: number;
}

/**
 * Short, so that everything comes to its end while callers are still at it. `leastMs`: the shortest grace period that is safe. `isIdle`: the run is about
 * agents that nobody uses.
 */
export function chooseRetention(choices: Choices, leastMs: number, isIdle: boolean): SimulatedRetention {
  const graceMs = leastMs + choices.oneOf([0, 5_000]);
  return {
    graceMs,
    policies: {
      grace: graceMs,
      idleAgents: choices.oneOf<IdlePolicy | false>([
        { unusedFor: 5_000 },
        { unusedFor: isIdle ? 10_000 : 30_000 },
        ...(isIdle ? [] : [false as const]),
      ]),
      revisions: choices.oneOf<RevisionPolicy | false>([
        { keep: 0, usedWithin: 0 },
        { keep: 1, usedWithin: 10_000 },
        false,
      ]),
      sessions: choices.oneOf<IdlePolicy | false>([{ unusedFor: 20_000 }, false]),
      intents: choices.weighted([4, 1]) === 0,
      limits: false,
      stopAbove: 100,
    },
  };
}

/** Whatever nothing holds goes as soon as it may, so that orders meet deletions that have begun. */
export function retainCurrent(choices: Choices, leastMs: number): SimulatedRetention {
  const intents = choices.weighted([2, 1]) === 0;
  const revisions = { keep: 0, usedWithin: 0 };
  return { graceMs: leastMs, policies: { grace: leastMs, revisions, intents, limits: false, stopAbove: 100 } };
}
