import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TenureError } from "../../src/errors/index.ts";
import { compareScores } from "../../src/llmops/evaluation/dataset/comparison.ts";
import { evaluateDataset, type Subject } from "../../src/llmops/evaluation/dataset/evaluate-dataset.ts";
import { type DatasetRow, readJsonl } from "../../src/llmops/evaluation/dataset/read-jsonl.ts";
import { exactMatch } from "../../src/llmops/evaluation/evaluators/exact-match.ts";
import { MemoryRegistry } from "../../src/registry/memory/index.ts";
import { createLlmops, judge, type JudgeModel } from "../../src/llmops/index.ts";
import { decorateRegistry } from "../support/decorated-registry.ts";
import { FINGERPRINT, hostOf, manualRuntime, usageOf } from "./support/run-context.ts";

async function withFile<Result>(content: string | Buffer, body: (path: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-data-"));
  try {
    const path = join(folder, "questions.jsonl");
    await writeFile(path, content);
    return await body(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("rows are read with their lines; empty lines, a byte order mark and Windows line ends are no fault", async () => {
  const content =
    '\uFEFF{"query":"a","expected":"1"}\r\n\r\n{"id":"second","query":"b","expectedTopics":["x"],"context":"c","metadata":{"any":1}}\n';
  const rows = await withFile(content, (path) => Array.fromAsync(readJsonl(path)));
  assert.deepEqual(rows, [
    { line: 1, id: "1", query: "a", expectedTopics: [], expected: "1", context: undefined },
    { line: 3, id: "second", query: "b", expectedTopics: ["x"], expected: undefined, context: "c" },
  ]);
});

const BROKEN: readonly (readonly [line: string, says: RegExp])[] = [
  ['{"query": "a"', /:2: The line is not JSON/],
  ["[1]", /:2: Expected an object with `query`/],
  ["null", /:2: Expected an object/],
  ['{"expected": "a"}', /:2: Expected `query`/],
  ['{"query": "  "}', /:2: Expected `query`/],
  ['{"query": "a", "expectedTopics": "x"}', /:2: Expected `expectedTopics`/],
  ['{"query": "a", "expected": 5}', /:2: Expected `expected`/],
  ['{"query": "a", "expceted": "x"}', /:2: Unknown member `expceted`/],
];

for (const [line, says] of BROKEN) {
  test(`a broken line is told by its number before any question is put: ${line}`, async () => {
    let asked = 0;
    const subject: Subject = { name: "s", answer: () => Promise.resolve({ text: String((asked += 1)) }) };
    await withFile(`{"query":"fine"}\n${line}\n`, async (path) => {
      await assert.rejects(
        evaluateDataset({ rows: readJsonl(path), subjects: [subject] }),
        (error: unknown) =>
          error instanceof TenureError &&
          error.code === "invalid_data" &&
          says.test(error.message) &&
          error.details["line"] === 2,
      );
    });
    assert.equal(asked, 0);
  });
}

test("a file that is not there and one without rows are refused", async () => {
  const subject: Subject = { name: "s", answer: () => Promise.resolve({ text: "" }) };
  await assert.rejects(evaluateDataset({ rows: readJsonl("/nowhere/at/all.jsonl"), subjects: [subject] }), {
    code: "invalid_data",
  });
  await withFile("\n\n", (path) =>
    assert.rejects(evaluateDataset({ rows: readJsonl(path), subjects: [subject] }), { code: "invalid_data" }),
  );
});

const ROWS: readonly DatasetRow[] = Array.from({ length: 20 }, (_, index) => ({
  line: index + 1,
  id: String(index + 1),
  query: `What is ${index} + 1?`,
  expected: String(index + 1),
  expectedTopics: [],
}));

/** Right on so many of the questions, wrong on the others. */
function calculator(name: string, right: number): Subject {
  return {
    name,
    revision: {
      key: { location: "l", scope: "default", name: "calculator" },
      fingerprint: name === "new" ? `v1:${"1".repeat(64)}` : FINGERPRINT,
    },
    answer: (row) =>
      Promise.resolve({ text: row.line <= right ? (row.expected ?? "") : "no idea", usage: usageOf(10, 2) }),
  };
}

const EVALUATORS = [{ evaluator: exactMatch(), weight: 1 }];

test("two subjects are compared question by question, and the better one is named", async () => {
  const registry = new MemoryRegistry();
  const seen: number[] = [];
  const report = await evaluateDataset({
    rows: ROWS,
    subjects: [calculator("old", 8), calculator("new", 19)],
    evaluators: EVALUATORS,
    record: { registry, source: "sums" },
    onProgress({ done, total }) {
      seen.push(done / total);
      throw new Error("A listener's failure is the listener's.");
    },
  });
  assert.deepEqual(
    report.subjects.map(({ name, score, label, usage }) => [name, score, label, usage?.totalTokens]),
    [
      ["old", 0.4, "Fair", 240],
      ["new", 0.95, "Excellent", 240],
    ],
  );
  assert.equal(report.best, "new");
  const [comparison] = report.comparisons;
  assert.equal(comparison?.better, "new");
  assert.deepEqual(
    [comparison.difference.wins, comparison.difference.losses, comparison.difference.pairs],
    [11, 0, 20],
  );
  assert.equal(seen.length, 40);
  assert.equal(seen.at(-1), 1);
  const { items } = await registry.scores.list({ location: "l", scope: "default", source: "sums" });
  assert.deepEqual(
    items.filter(({ evaluator }) => evaluator === "overall").map(({ count, sumMicro }) => [count, sumMicro]),
    [
      [20, 8_000_000n],
      [20, 19_000_000n],
    ],
  );
});

test("a lead that may be chance names nobody", async () => {
  const report = await evaluateDataset({
    rows: ROWS,
    subjects: [calculator("old", 10), calculator("new", 11)],
    evaluators: EVALUATORS,
  });
  assert.equal(report.best, "new");
  assert.equal(report.comparisons[0]?.better, undefined);
});

test("the threshold holds for every subject, and one that fails on a question scores 0 there", async () => {
  const failing: Subject = {
    name: "failing",
    answer: (row) =>
      row.line % 2 === 0 ? Promise.reject(new Error("boom")) : Promise.resolve({ text: row.expected ?? "" }),
  };
  const report = await evaluateDataset({
    rows: ROWS,
    subjects: [calculator("old", 20), failing],
    evaluators: EVALUATORS,
    threshold: 0.6,
  });
  assert.deepEqual(
    report.subjects.map(({ score, failures }) => [score, failures]),
    [
      [1, 0],
      [0.5, 10],
    ],
  );
  assert.equal(report.passed, false);
  const lower = await evaluateDataset({ rows: ROWS, subjects: [failing], evaluators: EVALUATORS, threshold: 0.5 });
  assert.equal(lower.passed, true);
});

test("at most `concurrency` questions are under way, and a signal ends the evaluation", async () => {
  const controller = new AbortController();
  let open = 0;
  let most = 0;
  const subject: Subject = {
    name: "s",
    async answer(row) {
      most = Math.max(most, (open += 1));
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      if (row.line === 10) controller.abort();
      return { text: "x" };
    },
  };
  await assert.rejects(
    evaluateDataset({ rows: ROWS, subjects: [subject], concurrency: 3, signal: controller.signal }),
    { code: "aborted" },
  );
  assert.equal(most, 3);
});

test("subjects of one name, wrong thresholds and wrong concurrency are refused", async () => {
  const subject = calculator("same", 1);
  for (const options of [
    { subjects: [subject, subject] },
    { subjects: [] },
    { subjects: [subject], threshold: 1.5 },
    { subjects: [subject], threshold: Number.NaN },
    { subjects: [subject], concurrency: 0 },
  ]) {
    await assert.rejects(evaluateDataset({ rows: ROWS, ...options }), { code: "invalid_option" });
  }
});

test("the interval of a difference is Student's, by hand", () => {
  // Differences 0.1, 0.2, 0.3: mean 0.2, standard deviation 0.1, t(2) = 4.303.
  const { mean, low, high } = compareScores([
    [0.5, 0.6],
    [0.5, 0.7],
    [0.5, 0.8],
    [null, 1],
  ]);
  const reach = (4.303 * 0.1) / Math.sqrt(3);
  assert.ok(
    Math.abs(mean - 0.2) < 1e-9 && Math.abs(low - (0.2 - reach)) < 1e-9 && Math.abs(high - (0.2 + reach)) < 1e-9,
  );
  assert.deepEqual([compareScores([]).pairs, compareScores([]).low, compareScores([]).high], [0, -1, 1]);
});

test("what judges of a data set use is counted, priced and budgeted like that of runs", async () => {
  const manager = { ...hostOf({ runtime: manualRuntime() }), scope: "default" };
  const llmops = createLlmops({
    budgets: { rules: [{ window: "day", tokens: 2500 }] },
    evaluation: false,
    telemetry: false,
  });
  let asked = 0;
  const model: JudgeModel = {
    model: "gpt-4.1-mini",
    countsItself: false,
    ask: () => {
      asked += 1;
      return Promise.resolve({ text: '{"score":0.5}', usage: usageOf(1000, 100) });
    },
  };
  const judging = { evaluator: judge({ rubric: "r", model, maxOutputTokens: 500 }), weight: 1 };
  const subject: Subject = { name: "function", answer: () => Promise.resolve({ text: "4" }) };
  const rows = ROWS.slice(0, 3);
  const options = { rows, subjects: [subject], evaluators: [judging], concurrency: 1 };
  const report = await evaluateDataset({ ...options, judging: { manager, llmops } });
  assert.equal(asked, 2, "the third would pass the budget");
  assert.equal(report.results[2]?.result?.measures[0]?.error?.code, "budget_exceeded");
  // Twice 1,000 * 0.40 + 100 * 1.60 = 560 per million.
  assert.deepEqual(report.judged, { usage: usageOf(2000, 200), costUsd: 0.00112 });
  await llmops.flush();
  const filter = { location: "test:here", scope: "default" };
  const { items } = await manager.registry.meters.sum({ filter, by: ["agent", "model", "session"] });
  assert.deepEqual(
    items.map(({ group, inputTokens, costPico }) => [group, inputTokens, costPico]),
    [[["function", "gpt-4.1-mini", "evaluation"], 2000, 1_120_000_000n]],
  );
  const free = await evaluateDataset(options);
  assert.deepEqual(free.judged, { usage: usageOf(3000, 300), costUsd: null }, "nobody was to price it");
  assert.equal((await evaluateDataset({ ...options, evaluators: undefined })).judged, undefined);
});

test("a registry that does not take the scores does not take the report along", async () => {
  const registry = decorateRegistry(new MemoryRegistry(), (call, proceed) =>
    call === "scores.add" ? Promise.reject(new TenureError("registry_unavailable", "It is down.")) : proceed(),
  );
  const subjects = [calculator("old", 8)];
  const unkept = evaluateDataset({
    rows: ROWS,
    subjects,
    evaluators: EVALUATORS,
    record: { registry, source: "sums" },
  });
  await assert.rejects(unkept, (error: TenureError) => {
    assert.deepEqual([error.code, error.message], ["registry_unavailable", "The scores were not kept: It is down."]);
    const { report } = error.details as { report: { subjects: { score: number }[] } };
    assert.deepEqual(
      report.subjects.map(({ score }) => score),
      [0.4],
    );
    return true;
  });
});
