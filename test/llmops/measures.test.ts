import assert from "node:assert/strict";
import { test } from "node:test";
import type { Evaluator, EvaluationInput, EvaluatorContext } from "../../src/llmops/evaluation/evaluator.ts";
import { exactMatch } from "../../src/llmops/evaluation/evaluators/exact-match.ts";
import { jsonSchema } from "../../src/llmops/evaluation/evaluators/json-schema.ts";
import { length } from "../../src/llmops/evaluation/evaluators/length.ts";
import { FreeMeter } from "../../src/llmops/evaluation/judge-meter.ts";
import {
  citations,
  DEFAULT_MEASURES,
  neutralTone,
  numbers,
  structure,
  topicCoverage,
} from "../../src/llmops/evaluation/measures/index.ts";
import { qualityLabel } from "../../src/llmops/evaluation/quality-label.ts";

const CONTEXT: EvaluatorContext = { signal: new AbortController().signal, meter: new FreeMeter() };

async function score(
  evaluator: Evaluator,
  answer: string,
  parts: Partial<EvaluationInput> = {},
): Promise<number | null> {
  return (await evaluator.evaluate({ query: "q", answer, expectedTopics: [], output: [], ...parts }, CONTEXT)).score;
}

test("the five measures have the weights of the original, which add up to 1", () => {
  assert.deepEqual(
    DEFAULT_MEASURES.map(({ evaluator, weight }) => [evaluator.name, weight]),
    [
      ["topic_coverage", 0.35],
      ["citations", 0.25],
      ["numbers", 0.2],
      ["structure", 0.1],
      ["neutral_tone", 0.1],
    ],
  );
  assert.ok(Math.abs(DEFAULT_MEASURES.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
  for (const { evaluator } of DEFAULT_MEASURES)
    assert.ok(evaluator.limits.length > 20, `${evaluator.name} says what it cannot see`);
});

test("labels begin at 0.8, 0.6 and 0.4, also for sums that come out a hair lower", () => {
  assert.deepEqual(
    [1, 0.8, 0.35 + 0.25 + 0.1 + 0.1, 0.79, 0.6, 0.59, 0.4, 0.39, 0].map((value) => qualityLabel(value)),
    ["Excellent", "Excellent", "Excellent", "Good", "Good", "Fair", "Fair", "Needs Improvement", "Needs Improvement"],
  );
});

test("topics are found as whole words, whatever their case, spacing, number and script", async () => {
  const expectedTopics = ["P/E ratio", "valuation", "Umsatz", "über", "市盈率"];
  assert.equal(await score(topicCoverage, "The p/e  ratio and VALUATIONS: Umsätze, uber.", { expectedTopics }), 2 / 5);
  assert.equal(await score(topicCoverage, "P/E\nratio, valuation, Umsatz, Über (市盈率)", { expectedTopics }), 1);
  assert.equal(await score(topicCoverage, "devaluation", { expectedTopics: ["valuation"] }), 0);
  assert.equal(await score(topicCoverage, "C++ and .NET (a+b)*", { expectedTopics: ["C++", ".NET", "(a+b)*"] }), 1);
  assert.equal(await score(topicCoverage, "anything"), null);
});

test("four digits alone are no citation; links, marks, names with years and the service's annotations are", async () => {
  assert.equal(await score(citations, "In 2023 and 2024 it made 1500 units, model 4090."), 0);
  assert.equal(await score(citations, "See https://a.example/x and [docs](https://b.example)."), 2 / 3);
  assert.equal(await score(citations, "As shown [1], and [1] again, later [2] (Smith, 2021)."), 1);
  assert.equal(await score(citations, "Smith et al. (2021) found it."), 1 / 3);
  assert.equal(await score(citations, "According to Reuters it rose."), 1 / 3);
  assert.equal(await score(citations, "It rose, according to the Bank of England (source: Eurostat)."), 2 / 3);
  assert.equal(
    await score(citations, "All goes according to plan, as reported by them, cited in haste. Sources: none."),
    0,
  );
  assert.equal(await score(citations, "According to 2023 figures it rose."), 0);
  const output = [
    {
      type: "message",
      content: [{ type: "output_text", annotations: [{ type: "url_citation", url: "https://c.example" }] }],
    },
  ];
  assert.equal(await score(citations, "It rose.", { output }), 1 / 3);
  assert.equal(
    await score(citations, "It rose, see https://c.example.", { output }),
    1 / 3,
    "the same source twice is one",
  );
});

test("years, dates, list numbers, links and names are no figures; quantities are", async () => {
  assert.equal(
    await score(
      numbers,
      "1. In 2023, GPT-4 ran on the H100.\n2. See https://a.example/2024/05 of 2024-05-01 [3], since the 1990s.",
    ),
    0,
  );
  for (const moment of [
    "12.03.2024, 3/4/2025 and 5 May 2023",
    "March 3rd, on Sept. 14, 2024 and the 1st of January",
    "at 10:30, 11:45:10 and 7 pm",
    "call +49 30 1234567, (555) 123-4567 or 030/1234567",
  ]) {
    assert.equal(await score(numbers, moment), 0, moment);
  }
  assert.equal(
    await score(numbers, "In May 300 people paid 12.50 each, 3/4 of them in cash."),
    1,
    "figures near dates",
  );
  assert.equal(await score(numbers, "Revenue was $60.9 billion."), 1 / 3);
  assert.equal(await score(numbers, "Revenue was $60.9 billion, up 126%, at a P/E of 48.2 in 2024."), 1);
  assert.equal(await score(numbers, "3 apples, 3 pears and 3 plums"), 1 / 3, "one figure three times is one");
  assert.equal(await score(numbers, "It costs 2,000 dollars"), 1 / 3);
});

test("words are counted as words: the glove holds no love", async () => {
  assert.equal(await score(neutralTone, "The glove factory reported terribly cold imperfections in clover."), 1);
  assert.equal(await score(neutralTone, "I love it, an amazing and PERFECT result!!"), 1 - 4 * 0.2);
  assert.equal(await score(neutralTone, "amazing ".repeat(10)), 0);
  assert.equal(await score(neutralTone, ""), null);
});

test("a short answer needs no headings, a long one needs paragraphs, lists and bearable sentences", async () => {
  const sentence = "The company sells chips to data centres and earns well. ";
  assert.equal(await score(structure, sentence), 1);
  assert.equal(await score(structure, ""), 0);
  assert.ok(Math.abs(((await score(structure, sentence.repeat(10))) ?? 0) - 0.3) < 1e-12);
  assert.equal(await score(structure, `# Chips\n\n${sentence.repeat(5)}\n\n- ${sentence.repeat(5)}`), 1);
  assert.equal(await score(structure, "word ".repeat(50)), 0.5);
});

/** What a model says that cannot stop. */
const ENDLESS = [
  "\n",
  " ",
  "\t\n",
  "A",
  "Ab ",
  "a b ",
  "(A ",
  "1,",
  "+1 ",
  "1\u00A0",
  "0 ",
  "- ",
  "# ",
  "|",
  "**",
  ".",
  "https://a.",
  "Source: A ",
  "5 May ",
];

test("no answer is so long or so odd that measuring it blocks the process", async () => {
  const evaluators = [
    ...DEFAULT_MEASURES.map(({ evaluator }) => evaluator),
    jsonSchema({ type: "object" }),
    exactMatch(),
    length({ max: 100 }),
  ];
  for (const part of ENDLESS)
    for (const [before, after] of [
      ["a", ""],
      ["```json\n", "\nb"],
      ["https://a", "5"],
    ] as const)
      for (const evaluator of evaluators) {
        const answer = `${before}${part.repeat(20_000)}${after}`;
        const startedAt = performance.now();
        await score(evaluator, answer, { expected: "b", expectedTopics: ["a b"] });
        const tookMs = performance.now() - startedAt;
        // Linear work takes a few milliseconds; quadratic work took seconds, and cubic work days.
        assert.ok(tookMs < 1_000, `${evaluator.name} took ${tookMs} ms for ${JSON.stringify(before + part + part)}…`);
      }
});
