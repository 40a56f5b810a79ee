import assert from "node:assert/strict";
import { test } from "node:test";
import { Choices } from "./choices.ts";
import { chooseSettings, type RunKind } from "./settings.ts";

for (const kind of ["protocol", "lifecycle"] satisfies RunKind[])
  test(`runs of the ${kind} begin with 1 to 8 processes, each number among 1,000 seeds`, () => {
    const seen = new Set(
      Array.from({ length: 1_000 }, (_, seed) => chooseSettings(Choices.fromSeed(seed), kind).processes),
    );
    assert.deepEqual(
      [...seen].toSorted((one, other) => one - other),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  });
