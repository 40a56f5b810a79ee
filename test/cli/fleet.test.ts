import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { openCommandWorld, tenure } from "./tenure-command.ts";

const FLEET = `defaults: { model: gpt-4.1 }
agents:
  a: { instructions: A }
  b: { instructions: B }
`;

test("validate needs no service, and tells what is wrong with exit status 2", async () => {
  await using world = await openCommandWorld();
  const file = join(dirname(world.registryFile), "tenure.yaml");
  await writeFile(file, FLEET);
  assert.deepEqual(await tenure(["validate", file]), { code: 0, stdout: "ok: 2 agents\n", stderr: "" });
  await writeFile(file, FLEET.replace("instructions: B", "instruction: B"));
  const wrong = await tenure(["validate", file]);
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /tenure\.yaml:4:8: Unknown field `instruction` of `agents\.b`: did you mean `instructions`\?\nhint: .*\ncode: fleet_invalid\n$/,
  );
});

test("plan shows what apply then does, which asks unless told yes, ends in a table and does nothing twice", async () => {
  await using world = await openCommandWorld();
  const folder = dirname(world.registryFile);
  const [file, planFile] = [join(folder, "tenure.yaml"), join(folder, "plan.json")];
  await writeFile(file, FLEET);
  const plan = await tenure(["plan", file, "--out", planFile], world.env);
  assert.match(
    plan.stdout,
    /^\+ create +a: The service has no such agent\.\n\+ create +b: .*\n\n2 to create, 0 unchanged\.\n$/,
  );
  const unasked = await tenure(["apply", file], world.env);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /Pass --yes/);
  assert.equal(world.emulator.stats().agents, 0);
  const applied = await tenure(["apply", file, "--plan", planFile, "--yes"], world.env);
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(
    applied.stdout,
    /\nNAME +ACTION +OUTCOME +IN THE SERVICE +DETAIL\na +create +done +a:1 +created\nb +create +done +b:1 +created\n\n2 done, 0 kept, 0 failed, 0 unchanged/,
  );
  const again = await tenure(["apply", file], world.env);
  assert.deepEqual([again.code, again.stdout], [0, "Nothing to do: 2 agents are as the file says.\n"]);
  await writeFile(file, FLEET.replace("instructions: A", "instructions: A2"));
  const changed = await tenure(["plan", file], world.env);
  assert.match(changed.stdout, /~ update +a: Its configuration differs\.\n.*A.*A2/s);
  const stale = await tenure(["apply", file, "--plan", planFile, "--yes"], world.env);
  assert.equal(stale.code, 3);
  assert.match(stale.stderr, /no longer true[^]*asks for something else now[^]*code: plan_stale/);
});

test("a plan that is none is refused as wrong input", async () => {
  await using world = await openCommandWorld();
  const file = join(dirname(world.registryFile), "tenure.yaml");
  await writeFile(file, FLEET);
  const { code, stderr } = await tenure(["apply", file, "--plan", file], world.env);
  assert.equal(code, 2);
  assert.match(stderr, /cannot be read as a plan: .+\nhint: Pass what `tenure plan --out FILE` wrote\./s);
});

test("import writes a file once, and what it wrote is in order", async () => {
  await using world = await openCommandWorld();
  const folder = dirname(world.registryFile);
  const [file, imported] = [join(folder, "tenure.yaml"), join(folder, "imported.yaml")];
  await writeFile(file, FLEET.replace("defaults:", "name: shop\ndefaults:"));
  await tenure(["apply", file, "--yes"], world.env);
  assert.equal((await tenure(["import", imported], world.env)).code, 0);
  assert.match(await readFile(imported, "utf8"), /^# yaml-language-server: .*\nversion: 1\nagents:\n/);
  assert.equal((await tenure(["import", imported], world.env)).code, 2);
  assert.match((await tenure(["plan", imported], world.env)).stdout, /It was of the fleet "shop"/);
});
