import assert from "node:assert/strict";
import { test } from "node:test";
import { Choices } from "./choices.ts";
import { findViolation } from "./find-violation.ts";
import { loadMutant } from "./mutant-loader.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";
import { loadSubject } from "./subject.ts";

const SEEDS = 500;
const ORDERS_SEEDS = 250;

test(`${SEEDS} seeds of crashes, stalls, lost answers and stale reads break no promise`, async () => {
  const finding = await findViolation(await loadSubject(), { from: 0, seeds: SEEDS });
  if (finding === undefined) return;
  const { seed, violation } = finding;
  assert.fail(`${violation.rule}: ${violation.message} See npm run simulate -- --from ${seed} --seeds 1`);
});

test(`${ORDERS_SEEDS} seeds of people who order this and that about one agent break no promise`, async () => {
  const finding = await findViolation(await loadSubject(), { from: 0, seeds: ORDERS_SEEDS, kind: "orders" });
  if (finding === undefined) return;
  const { seed, violation } = finding;
  assert.fail(`${violation.rule}: ${violation.message} See npm run simulate -- --kind orders --from ${seed} --seeds 1`);
});

test("a seed gives the same run every time, and its choices give it too", async () => {
  const subject = await loadSubject();
  for (let seed = 0; seed < 50; seed += 1) {
    const first = await simulate(Choices.fromSeed(seed), subject, { isTraced: true });
    const again = await simulate(Choices.fromSeed(seed), subject, { isTraced: true });
    const replayed = await simulate(Choices.replay(first.choices), subject, { isTraced: true });
    assert.ok(first.trace.length > 5);
    assert.deepEqual(again.trace, first.trace);
    assert.deepEqual(replayed.trace, first.trace);
  }
});

test("a failing run is made small and still breaks the same promise", async () => {
  const mutant = await loadMutant("take-unknown-for-refused");
  // A run of the lifecycle is longer also when it is as small as can be.
  const kind = "protocol";
  let finding = await findViolation(mutant, { from: 0, seeds: SEEDS, kind });
  // Other promises that it breaks are broken in the examination at the end, whose runs stay long.
  while (finding !== undefined && finding.violation.rule !== "P3 late" && finding.seed < 10 * SEEDS)
    finding = await findViolation(mutant, { from: finding.seed + 1, seeds: SEEDS, kind });
  assert.equal(finding?.violation.rule, "P3 late");
  const choices = await shrink(mutant, { rule: finding.violation.rule, choices: finding.choices, kind });
  const small = await simulate(Choices.replay(choices), mutant, { isTraced: true, kind });
  assert.equal(small.violation?.rule, finding.violation.rule);
  assert.ok(small.trace.length <= 50, `${small.trace.length} lines`);
});

test("the product keeps its promise in the very run in which a mutant breaks it", async () => {
  const mutant = await loadMutant("repeat-a-post-blindly");
  const finding = await findViolation(mutant, { from: 0, seeds: SEEDS });
  assert.equal(finding?.violation.rule, "P2 repeat");
  const { violation } = await simulate(Choices.fromSeed(finding.seed), await loadSubject());
  assert.equal(violation, undefined);
});

test("a mutation that is not known is refused", async () => {
  await assert.rejects(loadMutant("no-such-thing"), /There is no mutation no-such-thing/);
});
