import assert from "node:assert/strict";
import { test } from "node:test";
import { findViolation } from "./find-violation.ts";
import { loadMutant } from "./mutant-loader.ts";
import { MUTATIONS } from "./mutations.ts";

/** Within these the simulation must catch every mutant. */
const SEEDS = 5_000;

for (const { name, promise, seed = 0, kind } of MUTATIONS) {
  test(`the simulation catches the mutant ${name}, which breaks ${promise}`, async (t) => {
    const mutant = await loadMutant(name);
    if ((await findViolation(mutant, { from: seed, seeds: 1, kind, promise })) !== undefined) return;
    const finding = await findViolation(mutant, { from: 0, seeds: SEEDS, kind, promise });
    assert.ok(finding !== undefined, `${SEEDS} seeds do not show ${promise} broken`);
    t.diagnostic(`Caught by seed ${finding.seed}, no longer by ${seed}: note it with the mutation.`);
  });
}
