import assert from "node:assert/strict";
import test from "node:test";
import { openCommandWorld, tenure } from "./tenure-command.ts";

test("doctor finds everything in order", async () => {
  await using world = await openCommandWorld();
  const { code, stdout, stderr } = await tenure(["doctor"], world.env);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^ok +runtime +Node \d+.*\nok +endpoint .*\nok +service .*\nok +registry .*\nok +recovery +nothing was left unfinished\n$/,
  );
});

test("doctor without an endpoint says which variable is missing, and exits with 2", async () => {
  const { code, stdout, stderr } = await tenure(["doctor"]);
  assert.equal(code, 2);
  assert.match(stdout, /FAILED +endpoint/);
  assert.match(stderr, /hint: .*FOUNDRY_PROJECT_ENDPOINT.*tenure emulator.*\ncode: endpoint_missing\n$/);
});

test("doctor tells a refused credential from a registry that cannot be opened, and reports both", async () => {
  await using world = await openCommandWorld();
  world.emulator.faults([
    { path: "/agents", effect: "status", status: 401, body: { error: { code: "401", message: "no" } } },
  ]);
  const { code, stdout } = await tenure(["doctor", "--json", "--registry", "/"], world.env);
  assert.equal(code, 5);
  const { error } = JSON.parse(stdout) as {
    error: { code: string; details: { findings: { check: string; error?: { code: string } }[] } };
  };
  const failures = error.details.findings.filter((finding) => finding.error !== undefined);
  assert.deepEqual(
    failures.map((finding) => [finding.check, finding.error?.code]),
    [
      ["service", "unauthorized"],
      ["registry", "registry_not_a_file"],
    ],
  );
});
