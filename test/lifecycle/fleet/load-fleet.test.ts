import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { loadFleet } from "../../../src/lifecycle/fleet/index.ts";
import { createLlmops, llmopsOptionsOf } from "../../../src/llmops/index.ts";
import { resolveBudgets } from "../../../src/llmops/budget/options.ts";
import { resolveCosts } from "../../../src/llmops/cost/options.ts";
import { openFolder } from "./fleet-world.ts";

test("defaults, named tools, instruction files and variables make up an agent", async () => {
  await using folder = await openFolder();
  await folder.write("prompts/a.md", "\uFEFFFrom a file: ${NOT_A_VARIABLE}\r\n");
  const text = `
defaults:
  model: \${MODEL}
  temperature: \${HEAT}
  metadata: { team: "\${TEAM:-shop}" }
tools: { search: { type: web_search } }
agents:
  a: { instructions_file: prompts/a.md, tools: [search, { type: code_interpreter }], metadata: { part: a } }
  b: { instructions: "literal $\${MODEL}", temperature: null }
  c:
`;
  const { agents } = await folder.fleet(text, { variables: { MODEL: "gpt-5", HEAT: "0.5" } });
  const [a, b, c] = agents;
  assert.deepEqual(a?.normal.definition, {
    kind: "prompt",
    model: "gpt-5",
    instructions: "From a file: ${NOT_A_VARIABLE}\n",
    tools: [{ type: "code_interpreter" }, { type: "web_search" }],
    temperature: 0.5,
  });
  assert.deepEqual(a.normal.metadata, { team: "shop", part: "a" });
  assert.deepEqual(b?.normal.definition, { kind: "prompt", model: "gpt-5", instructions: "literal ${MODEL}" });
  assert.deepEqual(c?.normal.definition, { kind: "prompt", model: "gpt-5", temperature: 0.5 });
});

test("an overlay is laid over the file, after those that it extends", async () => {
  await using folder = await openFolder();
  const text = `
policies: { drift: report }
agents:
  a: { instructions: one, temperature: 1 }
  b: {}
environments:
  base: { agents: { a: { temperature: 0.5 } }, policies: { drift: fail } }
  prod: { extends: base, scope: prod, agents: { a: { instructions: two }, b: null, c: {} } }
`;
  const fleet = await folder.fleet(text, { environment: "prod" });
  assert.equal(fleet.scope, "prod");
  assert.equal(fleet.policies.drift, "fail");
  assert.deepEqual(
    fleet.agents.map(({ name }) => name),
    ["a", "c"],
  );
  assert.deepEqual([fleet.agents[0]?.config.instructions, fleet.agents[0]?.config.temperature], ["two", 0.5]);
  assert.deepEqual(
    (await folder.fleet(text)).agents.map(({ name }) => name),
    ["a", "b"],
  );
});

test("a file of instructions in an overlay replaces the instructions beneath it", async () => {
  await using folder = await openFolder();
  await folder.write("other.md", "Other.");
  const text =
    "agents: { a: { instructions: One. } }\nenvironments: { e: { agents: { a: { instructions_file: other.md } } } }\n";
  assert.equal((await folder.fleet(text, { environment: "e" })).agents[0]?.config.instructions, "Other.");
  assert.match(
    await folder.refusal("agents: { a: { instructions: One., instructions_file: other.md } }\n"),
    /`instructions` or `instructions_file`, not both/,
  );
});

test("budgets and costs are checked by the parts that own them, and told where they are wrong", async () => {
  await using folder = await openFolder();
  const checks = {
    budgets: (options: object) => resolveBudgets({ rules: [], ...options }),
    costs: (options: object) => resolveCosts(options),
  };
  const right =
    "agents: {}\nbudgets:\n  max_output_tokens: 100\n  rules: [{ window: day, tokens: 10, on_breach: { degrade_to: m } }]\ncosts: { deployments: { my_gpt: { region: data-zone } } }\n";
  const fleet = await folder.fleet(right, { checks });
  assert.deepEqual(fleet.budgets, {
    maxOutputTokens: 100,
    rules: [{ window: "day", tokens: 10, onBreach: { degradeTo: "m" } }],
  });
  assert.deepEqual(fleet.costs, { deployments: { my_gpt: { region: "data-zone" } } });
  const wrong = "agents: {}\nbudgets:\n  rules:\n    - { window: day, tokens: -1 }\ncosts:\n  currency: euro\n";
  const message = await folder.refusal(wrong, { checks });
  assert.match(message, /^tenure\.yaml:4:30: .*budgets\.rules\[0\]\.tokens/m);
  assert.match(message, /^tenure\.yaml:6:13: .*costs\.currency/m);
});

test("the example is read in every environment", async () => {
  const file = join(import.meta.dirname, "../../../examples/fleet/tenure.yaml");
  for (const environment of [undefined, "staging", "production"]) {
    const fleet = await loadFleet(file, { environment, variables: {} });
    assert.equal(fleet.agents.length, 3);
    assert.deepEqual(fleet.notes, []);
  }
});

test("budgets and costs of the example are options of `createLlmops`, and what a file leaves out has its default", async () => {
  const fleet = await loadFleet(join(import.meta.dirname, "../../../examples/fleet/tenure.yaml"), { variables: {} });
  const options = llmopsOptionsOf(fleet);
  assert.deepEqual(options.budgets && options.budgets.rules.map(({ tokens, onBreach }) => [tokens, onBreach]), [
    [1_000_000, undefined],
    [200_000, { degradeTo: "gpt-4.1-mini" }],
  ]);
  assert.deepEqual(options.costs, { deployments: { "gpt-4.1": { model: "gpt-4.1", region: "data-zone" } } });
  assert.ok(createLlmops(options).budgets);
  assert.deepEqual(llmopsOptionsOf({}), {});
  const partly = llmopsOptionsOf({ budgets: { marginMs: 5 } }, { DAILY_TOKEN_BUDGET: "77" });
  assert.equal(partly.budgets && partly.budgets.rules[0]?.tokens, 77);
  assert.throws(() => llmopsOptionsOf({ costs: { moon: 1 } }), { code: "invalid_option" });
});
