import assert from "node:assert/strict";
import { test } from "node:test";
import { Choices } from "./choices.ts";
import { simulate } from "./simulation.ts";
import { loadSubject } from "./subject.ts";

/** Some without any fault, most with crashes, stalls, lost answers and stale reads. */
const SEEDS = [2, 3, 8, 11, 13, 18, 19] as const;

test("in ten minutes of use with pauses about as long as the idle limit nothing in use is deleted, and in the end everything idle is gone", async () => {
  const subject = await loadSubject();
  for (const seed of SEEDS) {
    const { violation, retired } = await simulate(Choices.fromSeed(seed), subject, { kind: "idle" });
    assert.equal(violation, undefined, `seed ${seed}`);
    assert.ok(retired > 0, `Nothing was deleted with seed ${seed}: the run says nothing.`);
  }
});
