import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "../support/child-program.ts";

test("without the optional packages telemetry does nothing, and what cannot do without says which one to install", async () => {
  const [outcomes] = (await runProgram(new URL("programs/without-packages.ts", import.meta.url), {})) as [
    Record<string, { readonly code?: string; readonly hint?: string; readonly headers?: object }>,
  ];
  for (const name of ["ajv", "autoevals"]) {
    assert.deepEqual([outcomes[name]?.code, outcomes[name]?.hint], ["package_missing", `npm install ${name}`]);
  }
  assert.deepEqual(outcomes["telemetry"], { headers: {} });
});
