import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test from "node:test";
import { AgentManager } from "../../src/manager/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { type CommandWorld, openCommandWorld, tenure } from "./tenure-command.ts";

/** Two revisions of one agent, an agent that can judge, and a data set. */
async function prepare({ emulator, registryFile }: CommandWorld, lines: readonly string[]): Promise<string> {
  const { endpoint, credential, ca } = emulator;
  const service = new FoundryAgentService({ endpoint, credential, ca });
  await using manager = new AgentManager({
    service,
    registry: new SqliteRegistry(registryFile),
    model: "gpt-4.1",
  });
  await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Analyse." });
  await manager.getOrCreateAgent({
    agentName: "analyst",
    instructions: "Analyse with figures.",
    enableWebSearch: true,
  });
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["reason", "score"],
    properties: { reason: { type: "string" }, score: { type: "number", minimum: 0, maximum: 1 } },
  };
  await manager.getOrCreateAgent({
    agentName: "jury",
    instructions: "Judge.",
    responseFormat: { name: "judgement", schema },
  });
  const file = join(dirname(registryFile), "questions.jsonl");
  await writeFile(file, `${lines.join("\n")}\n`);
  return file;
}

const QUESTIONS = ["P/E ratio", "market value", "dividend"].map((topic) =>
  JSON.stringify({ query: `What is the ${topic} of NVIDIA?`, expectedTopics: [topic] }),
);

test("evaluate puts the questions to revisions, shows a table, and keeps the scores in the registry", async () => {
  await using world = await openCommandWorld();
  const file = await prepare(world, QUESTIONS);
  const shown = await tenure(["evaluate", file, "--agent", "analyst", "--revision", "1", "--revision", "2"], world.env);
  assert.deepEqual([shown.code, shown.stderr], [0, ""]);
  assert.match(
    shown.stdout,
    /^REVISION +SCORE +LABEL +TOPIC COVERAGE.*\nanalyst:1 +0\.\d{3}.*\nanalyst:2 +0\.\d{3}.*\nanalyst:2 against analyst:1: /,
  );
  await using registry = new SqliteRegistry(world.registryFile);
  const location = `foundry:${world.emulator.endpoint}`;
  const { items } = await registry.scores.list({
    location,
    scope: "default",
    name: "analyst",
    source: "questions.jsonl",
  });
  assert.deepEqual(
    items.filter(({ evaluator }) => evaluator === "overall").map(({ count }) => count),
    [3, 3],
  );
  const meters = await registry.meters.sum({ filter: { location, scope: "default" }, by: ["agent"] });
  assert.deepEqual(
    meters.items.map(({ group, runs }) => [group[0], runs]),
    [["analyst", 6]],
  );
});

test("evaluate gives JSON, asks a judge, and ends with 3 below the threshold", async () => {
  await using world = await openCommandWorld();
  const file = await prepare(world, QUESTIONS);
  const args = [
    "evaluate",
    file,
    "--agent",
    "analyst",
    "--judge",
    "jury",
    "--rubric",
    "Names the figure.",
    "--limit",
    "2",
    "--json",
  ];
  const passed = await tenure(args, world.env);
  assert.equal(passed.code, 0, passed.stdout + passed.stderr);
  const report = JSON.parse(passed.stdout) as {
    subjects: { questions: number; measures: { name: string; count: number }[] }[];
  };
  assert.equal(report.subjects[0]?.questions, 2);
  assert.deepEqual(report.subjects[0]?.measures.at(-1), {
    ...report.subjects[0]?.measures.at(-1),
    name: "judge",
    count: 2,
    failures: 0,
  });
  const missed = await tenure([...args, "--threshold", "0.99"], world.env);
  assert.equal(missed.code, 3);
  const { error } = JSON.parse(missed.stdout) as { error: { code: string; details: { report: { passed: boolean } } } };
  assert.deepEqual([error.code, error.details.report.passed], ["threshold_missed", false]);
});

test("evaluate refuses wrong input before it asks anything", async () => {
  await using world = await openCommandWorld();
  const file = await prepare(world, [QUESTIONS[0] ?? "", "{broken"]);
  const asked = (): number => world.emulator.stats().responses;
  for (const [args, code, says] of [
    [[file, "--agent", "analyst"], 2, /questions\.jsonl:2: The line is not JSON/],
    [["/nowhere.jsonl", "--agent", "analyst"], 2, /cannot be read/],
    [[], 2, /Name a data set and an agent/],
    [[file, "--agent", "analyst", "--threshold", "2"], 2, /from 0 to 1/],
    [[file, "--agent", "analyst", "--concurrency", "0"], 2, /whole number from 1 to 64/],
  ] as const) {
    const ended = await tenure(["evaluate", ...args], world.env);
    assert.deepEqual([ended.code, ended.stdout], [code, ""], ended.stderr);
    assert.match(ended.stderr, says);
  }
  await writeFile(file, `${QUESTIONS.join("\n")}\n`);
  assert.equal((await tenure(["evaluate", file, "--agent", "nobody"], world.env)).code, 4);
  assert.equal((await tenure(["evaluate", file, "--agent", "analyst", "--revision", "9"], world.env)).code, 4);
  assert.equal((await tenure(["evaluate", file, "--agent", "analyst", "--judge", "jury"], world.env)).code, 2);
  assert.equal(asked(), 0);
});

test("evaluate keeps to the scope, budgets and prices of the fleet file", async () => {
  await using world = await openCommandWorld();
  const file = await prepare(world, QUESTIONS);
  const config = join(dirname(file), "fleet.yaml");
  await writeFile(
    config,
    "agents: {}\nbudgets: { rules: [{ name: small, window: day, tokens: 1 }] }\ncosts: { deployments: { gpt-4.1: { price: { input: 1, output: 2 } } } }\n",
  );
  const args = ["evaluate", file, "--agent", "analyst", "--config", config, "--json"];
  const stopped = await tenure(args, world.env);
  assert.match(stopped.stdout, /The budget small of 1 tokens has 0 used/);
  assert.equal(world.emulator.stats().responses, 0);
  await writeFile(config, "agents: {}\ncosts: { deployments: { gpt-4.1: { price: { input: 1, output: 2 } } } }\n");
  assert.equal((await tenure(args, world.env)).code, 0);
  await using registry = new SqliteRegistry(world.registryFile);
  const filter = { location: `foundry:${world.emulator.endpoint}`, scope: "default" };
  const [sum] = (await registry.meters.sum({ filter, by: [] })).items;
  assert.equal(sum?.costPico, BigInt(sum?.inputTokens ?? 0) * 1_000_000n + BigInt(sum?.outputTokens ?? 0) * 2_000_000n);
  await writeFile(config, "scope: elsewhere\nagents: {}\n");
  const elsewhere = await tenure(args, world.env);
  assert.equal(elsewhere.code, 4);
  assert.match(elsewhere.stdout, /no agent \\"analyst\\" in scope elsewhere/);
  assert.equal((await tenure([...args, "--scope", "default"], world.env)).code, 0);
  await writeFile(config, "agents: {}\nbudgets: { rules: [{ window: day, tokens: -1 }] }\n");
  assert.equal((await tenure(args, world.env)).code, 2);
});

test("evaluate gives back what the service refused, and counts in full what may be on the bill", async () => {
  await using world = await openCommandWorld();
  const file = await prepare(world, QUESTIONS.slice(0, 1));
  const args = ["evaluate", file, "--agent", "analyst", "--json"];
  await using registry = new SqliteRegistry(world.registryFile);
  const filter = { location: `foundry:${world.emulator.endpoint}`, scope: "default" };
  const account = `default|all||${new Date().toISOString().slice(0, 10)}|tokens`;
  const counted = async (): Promise<readonly unknown[]> => {
    const [balance] = await registry.budgets.get({ accounts: [account] });
    const [sum] = (await registry.meters.sum({ filter, by: [] })).items;
    return [(balance?.used ?? 0n) > 0n, balance?.reserved, sum?.failedRuns, sum?.unpricedRuns];
  };
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "status", status: 403 }]);
  assert.match((await tenure(args, world.env)).stdout, /"failures": 1/);
  assert.deepEqual(await counted(), [false, 0n, undefined, undefined]);
  world.emulator.faults([{ method: "POST", path: "/responses$", effect: "drop-after" }]);
  assert.match((await tenure(args, world.env)).stdout, /"failures": 1/);
  assert.deepEqual(await counted(), [true, 0n, 1, 1]);
});

test("evaluate --list names the measures with their weights and limits", async () => {
  const listed = await tenure(["evaluate", "--list"]);
  assert.equal(listed.code, 0);
  assert.match(listed.stdout, /^topic_coverage \(0\.35\)\n {2}\S.+\ncitations \(0\.25\)/);
});
