import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command } from "commander";
import { TenureError } from "../../errors/index.ts";
import type { DatasetReport, DatasetRow, Llmops, WeightedEvaluator } from "../../llmops/index.ts";
import type { ProductionAgentManager } from "../../lifecycle/index.ts";
import { openManager } from "../open-manager.ts";
import { type FleetCommandOptions, FLEET_FILE, fleetFileAt, readFleetToApply } from "../read-fleet.ts";
import type { Terminal } from "../terminal.ts";
import { evaluationText } from "./evaluate-table.ts";
import { startProgress } from "./evaluate-progress.ts";
import { findRevision, revisionJudge, revisionSubject } from "./evaluate-revision.ts";
import { numberFrom, wholeNumberFrom } from "../number-argument.ts";

interface EvaluateOptions extends FleetCommandOptions {
  readonly config?: string;
  readonly agent?: string;
  readonly revision: readonly string[];
  readonly judge?: string;
  readonly rubric?: string;
  readonly threshold?: number;
  readonly limit?: number;
  readonly concurrency?: number;
  readonly list?: boolean;
}

/** `tenure evaluate`: puts the questions of a data set to revisions of an agent and compares their answers. */
export function evaluateCommand(terminal: Terminal): Command {
  const collect = (value: string, known: readonly string[]): readonly string[] => [...known, value];
  return new Command("evaluate")
    .description("Put the questions of a data set (JSONL) to revisions of an agent, and compare their answers.")
    .argument("[file]", "one JSON object per line: query, and perhaps expected, expectedTopics, context, id")
    .option("--agent <name>", "the agent")
    .option(
      "--revision <which>",
      "current, a version, or the beginning of a fingerprint; may be repeated; without it current",
      collect,
      [],
    )
    .option("--judge <agent>", "an agent that judges the answers; needs --rubric")
    .option("--rubric <text>", "what a good answer is; @FILE reads it from a file")
    .option(
      "--threshold <number>",
      "least mean score of every revision, 0 to 1; below it the exit status is 3",
      numberFrom(0, 1),
    )
    .option("--limit <count>", "only the first questions", wholeNumberFrom(1, 1_000_000))
    .option("--concurrency <count>", "questions at the same time (default: 4)", wholeNumberFrom(1, 64))
    .option(
      "--config <file>",
      `fleet file whose scope, budgets and costs hold (default: ${FLEET_FILE}, if it is there)`,
    )
    .option("--environment <name>", "with this environment's overlay of the fleet file")
    .option("--list", "list the measures and what they cannot see")
    .action(async (file: string | undefined, _, command: Command) =>
      evaluate(file, terminal, command.optsWithGlobals()),
    );
}

async function evaluate(file: string | undefined, terminal: Terminal, options: EvaluateOptions): Promise<void> {
  const { createLlmops, DEFAULT_MEASURES, llmopsOptionsOf } = await import("../../llmops/index.ts");
  if (options.list === true) return listMeasures(terminal, DEFAULT_MEASURES, options);
  const { agent } = options;
  if (file === undefined || agent === undefined) {
    throw new TenureError("invalid_option", "Name a data set and an agent.", {
      hint: "tenure evaluate questions.jsonl --agent NAME",
    });
  }
  const fleetFile = fleetFileAt(options.config);
  const fleet = fleetFile === undefined ? {} : await readFleetToApply(fleetFile, options);
  await using manager = await openManager();
  const llmops = createLlmops({ ...llmopsOptionsOf(fleet), telemetry: false, evaluation: false });
  try {
    report(await run({ file, agent, manager, llmops, options, measures: DEFAULT_MEASURES }), terminal, options);
  } catch (thrown) {
    const { report: unkept } = TenureError.from(thrown).details as { readonly report?: DatasetReport };
    if (unkept !== undefined && options.json !== true) terminal.print(evaluationText(unkept));
    throw thrown;
  } finally {
    await llmops.flush();
  }
}

interface RunParts {
  readonly file: string;
  readonly agent: string;
  readonly manager: ProductionAgentManager;
  readonly llmops: Llmops;
  readonly options: EvaluateOptions;
  readonly measures: readonly WeightedEvaluator[];
}

async function run(parts: RunParts): Promise<DatasetReport> {
  const { file, agent, manager, llmops, options } = parts;
  const { evaluateDataset } = await import("../../llmops/index.ts");
  // Everything that may be wrong with the input is found before a question costs anything.
  const rows = await readRows(file, options.limit);
  await manager.listAgents();
  const key = manager.keyOf(agent);
  const wanted = options.revision.length === 0 ? ["current"] : options.revision;
  const revisions = await Promise.all(wanted.map((which) => findRevision(manager, key, which)));
  const subjects = revisions.map((revision) => revisionSubject({ manager, llmops, revision }));
  const evaluators = [...parts.measures, ...(await judges(parts))];
  const progress = await startProgress(rows.length * subjects.length);
  try {
    return await evaluateDataset({
      rows,
      subjects,
      evaluators,
      concurrency: options.concurrency,
      threshold: options.threshold,
      record: { registry: manager.registry, source: basename(file) },
      judging: { manager, llmops },
      runtime: manager.runtime,
      onProgress: ({ last }) =>
        progress.advance(last.error === undefined ? last.subject : `${last.subject}: ${last.error.message}`),
    });
  } finally {
    progress.stop();
  }
}

async function readRows(file: string, limit: number | undefined): Promise<readonly DatasetRow[]> {
  const { readJsonl } = await import("../../llmops/index.ts");
  const rows = await Array.fromAsync(readJsonl(file));
  return limit === undefined ? rows : rows.slice(0, limit);
}

/** The judge weighs as much as all measures of form together. */
async function judges({ manager, llmops, options }: RunParts): Promise<readonly WeightedEvaluator[]> {
  if (options.judge === undefined) return [];
  if (options.rubric === undefined)
    throw new TenureError("invalid_option", "A judge needs a rubric.", {
      hint: "Pass --rubric TEXT or --rubric @FILE.",
    });
  const { agentJudge, judge } = await import("../../llmops/index.ts");
  const revision = await findRevision(manager, manager.keyOf(options.judge), "current");
  const model = agentJudge(revisionJudge({ manager, llmops, revision }), { model: revision.model });
  return [{ evaluator: judge({ rubric: await readRubric(options.rubric), model }), weight: 1 }];
}

async function readRubric(rubric: string): Promise<string> {
  if (!rubric.startsWith("@")) return rubric;
  try {
    return await readFile(rubric.slice(1), "utf8");
  } catch (thrown) {
    throw new TenureError("invalid_option", `The rubric ${rubric.slice(1)} cannot be read.`, { cause: thrown });
  }
}

function report(result: DatasetReport, terminal: Terminal, { json }: EvaluateOptions): void {
  const missed = result.subjects.filter(
    ({ score }) => result.threshold !== undefined && (score ?? 0) < result.threshold,
  );
  if (json === true && result.passed) return terminal.print(JSON.stringify(result, undefined, 2));
  if (json !== true) terminal.print(evaluationText(result));
  if (result.passed) return;
  throw new TenureError(
    "threshold_missed",
    `Below the threshold of ${result.threshold ?? 0}: ${missed.map(({ name }) => name).join(", ")}.`,
    {
      details: json === true ? { report: result } : {},
    },
  );
}

function listMeasures(terminal: Terminal, measures: readonly WeightedEvaluator[], { json }: EvaluateOptions): void {
  const list = measures.map(({ evaluator: { name, limits }, weight }) => ({ name, weight, limits }));
  if (json === true) return terminal.print(JSON.stringify({ measures: list }, undefined, 2));
  terminal.print(list.map(({ name, weight, limits }) => `${name} (${weight})\n  ${limits}`).join("\n"));
}
