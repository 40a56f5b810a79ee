import assert from "node:assert/strict";
import { test } from "node:test";
import { findViolation } from "./find-violation.ts";
import { loadMutant } from "./mutant-loader.ts";
import { MUTATIONS } from "./mutations.ts";

/** Within these the simulation must catch every mutant. */
const SEEDS = 5_000;

for (const { name, promise } of MUTATIONS) {
  test(`the simulation catches the mutant ${name}, which breaks ${promise}`, async () => {
    const finding = await findViolation(await loadMutant(name), { from: 0, seeds: SEEDS });
    assert.ok(finding !== undefined, `${SEEDS} seeds do not catch it`);
  });
}
