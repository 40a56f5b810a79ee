import assert from "node:assert/strict";
import test from "node:test";
import { TenureError } from "../../../src/errors/index.ts";
import { loadFleet } from "../../../src/lifecycle/fleet/index.ts";
import * as names from "../../../src/services/foundry/names.ts";
import { openFolder } from "./fleet-world.ts";

test("a tab as indentation is refused with its place", async () => {
  await using folder = await openFolder();
  assert.equal(
    await folder.refusal("agents:\n\ta:\n\t\tmodel: m\n"),
    "tenure.yaml:2:1: A tab is used as indentation; YAML takes spaces only.\ntenure.yaml:3:1: A tab is used as indentation; YAML takes spaces only.",
  );
});

test("a key that is there twice is refused at the second", async () => {
  await using folder = await openFolder();
  assert.equal(
    await folder.refusal("agents:\n  a: { instructions: x }\n  b: {}\n  a: {}\n"),
    "tenure.yaml:4:3: The key `a` is there twice.",
  );
});

test("anchors that explode, contain themselves or do not exist are refused", async () => {
  await using folder = await openFolder();
  const levels = Array.from(
    { length: 9 },
    (_, level) => `x-${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`,
  );
  const bomb = `x-0: &l0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n${levels.join("\n")}\nagents: {}\n`;
  assert.match(
    await folder.refusal(bomb),
    /^tenure\.yaml:\d+:\d+: The aliases stand for more than 20000 values: the anchors explode\./,
  );
  assert.match(
    await folder.refusal("x-a: &a [*a]\nagents: {}\n"),
    /^tenure\.yaml:1:10: The anchor `&a` contains itself\.$/,
  );
  assert.match(await folder.refusal("agents: *none\n"), /none/);
});

test("brackets without end are refused, not a crash", async () => {
  await using folder = await openFolder();
  assert.match(await folder.refusal(`agents: ${"[".repeat(50_000)}`), /^tenure\.yaml:1:\d+: /);
});

test("everything that is wrong is told at once, by line and column, with suggestions", async () => {
  await using folder = await openFolder();
  const text = `agents:
  a:
    instuctions: x
    temperature: 9
  b:
    tools: [nope, { type: function, name: "a b" }]
  c:
    instructions_file: missing.md
    response_format: { type: object }
policys: {}
`;
  const message = await folder.refusal(text);
  assert.match(
    message,
    /^tenure\.yaml:3:5: Unknown field `instuctions` of `agents\.a`: did you mean `instructions`\?$/m,
  );
  assert.match(message, /^tenure\.yaml:4:18: Expected `agents\.a\.temperature` to be a number from 0 to 2, got 9\.$/m);
  assert.match(message, /^tenure\.yaml:8:24: The file `missing\.md` cannot be read\.$/m);
  assert.match(message, /^tenure\.yaml:9:22: Expected `agents\.c\.response_format` to be "text"/m);
  assert.match(
    message,
    /^tenure\.yaml:10:1: Unknown field `policys` at the top of the file: did you mean `policies`\?$/m,
  );
});

test("a wrong tool is told where it stands, by its own name or as the configuration refuses it", async () => {
  await using folder = await openFolder();
  const message = await folder.refusal(
    `tools: { search: { type: web_search } }\nagents:\n  a: { tools: [serch] }\n  b:\n    tools:\n      - { type: function, name: "a b" }\n`,
  );
  assert.match(message, /^tenure\.yaml:3:16: There is no tool `serch`: the file's `tools` has search\.$/m);
  assert.match(message, /^tenure\.yaml:6:9: `agents\.b`: Expected `tools\[0\]\.name` to be/m);
});

test("what defaults say wrong is told once, not with every agent", async () => {
  await using folder = await openFolder();
  const message = await folder.refusal("defaults:\n  temprature: 1\nagents:\n  a: {}\n  b: {}\n");
  assert.equal(message, "tenure.yaml:2:3: Unknown field `temprature` of `defaults`: did you mean `temperature`?");
});

test("a missing variable is refused at its place, and only where the environment needs it", async () => {
  await using folder = await openFolder();
  const text =
    'agents:\n  a: { instructions: "${GREETING} you" }\nenvironments:\n  test:\n    agents: { a: { instructions: Hello } }\n';
  assert.match(await folder.refusal(text), /^tenure\.yaml:2:22: The environment variable `GREETING` is not set\./);
  const fleet = await folder.fleet(text, { environment: "test" });
  assert.equal(fleet.agents[0]?.config.instructions, "Hello");
});

test("environments that extend each other in a cycle are refused with the cycle", async () => {
  await using folder = await openFolder();
  const text = "agents: {}\nenvironments:\n  a: { extends: b }\n  b: { extends: [c] }\n  c:\n    extends: a\n";
  assert.equal(
    await folder.refusal(text, { environment: "a" }),
    "tenure.yaml:6:14: The environments extend each other in a cycle: a -> b -> c -> a.",
  );
  assert.match(await folder.refusal(text, { environment: "d" }), /There is no environment `d`; there are a, b, c\./);
});

test("two agents of one name in the service are refused, naming both", async () => {
  await using folder = await openFolder();
  const message = await folder.refusal("agents:\n  order_clerk: {}\n  Order-Clerk: {}\n", { service: names });
  assert.equal(
    message,
    "tenure.yaml:3:3: The agents `order_clerk` (line 2) and `Order-Clerk` would both be `order-clerk` in the service.",
  );
});

test("a missing file, an empty one and one without agents are refused with what to do", async () => {
  await using folder = await openFolder();
  await assert.rejects(loadFleet(`${folder.path}/none.yaml`), (thrown) => {
    assert.ok(thrown instanceof TenureError);
    assert.equal(thrown.code, "fleet_invalid");
    assert.match(thrown.hint, /tenure import/);
    return true;
  });
  assert.match(await folder.refusal(""), /Expected a mapping with `agents`/);
  assert.match(await folder.refusal("version: 1\n"), /Expected `agents` to be there: it is missing\./);
  assert.match(await folder.refusal("agents: {}\n---\nagents: {}\n"), /more than one YAML document/);
});

test("durations, scopes and retention are refused where they are wrong", async () => {
  await using folder = await openFolder();
  assert.match(
    await folder.refusal("policies: { retire_unused_for: -1d }\nagents: {}\n"),
    /^tenure\.yaml:1:32: Expected `policies\.retire_unused_for` to be a duration/,
  );
  assert.match(await folder.refusal("scope: a b\nagents: {}\n"), /^tenure\.yaml:1:8: /);
  assert.match(
    await folder.refusal("agents: {}\nretention:\n  grace: -1d\n"),
    /^tenure\.yaml:3:10: .*retention\.grace/,
  );
});
