/**
 * `npm run simulate -- [--seeds N] [--from S] [--kind KIND] [--mutation NAME] [--replay FILE]`: runs seeds until one breaks a promise, then makes that run small
 * and shows it step by step. Ends with 1 if a promise was broken, also by a mutation that is meant to. Without `--kind` the seed chooses, or the mutation if it
 * is caught in one kind only.
 */
import { fork } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Choices } from "../choices.ts";
import type { Finding } from "../find-violation.ts";
import { loadMutant } from "../mutant-loader.ts";
import { MUTATIONS } from "../mutations.ts";
import { RUN_KINDS, type RunKind } from "../settings.ts";
import { shrink } from "../shrink.ts";
import { simulate } from "../simulation.ts";
import { loadSubject, type Subject } from "../subject.ts";
import type { SeedRange, WorkerReport } from "./seed-worker.ts";

/** A failing run as it is kept. */
interface Recording {
  readonly mutation?: string | undefined;
  readonly kind?: RunKind | undefined;
  readonly choices: readonly number[];
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20000" },
    from: { type: "string", default: "0" },
    kind: { type: "string" },
    mutation: { type: "string" },
    replay: { type: "string" },
  },
});

process.exitCode = values.replay === undefined ? await explore() : await replay(values.replay);

async function explore(): Promise<number> {
  const { mutation } = values;
  const seeds = wholeNumber("--seeds", values.seeds);
  const from = wholeNumber("--from", values.from);
  const kind = values.kind === undefined ? MUTATIONS.find(({ name }) => name === mutation)?.kind : runKind(values.kind);
  const started = performance.now();
  const { done, finding } = await runWorkers({ from, seeds, mutation, kind });
  const seconds = (performance.now() - started) / 1_000;
  console.log(`${done} seeds from ${from} in ${seconds.toFixed(1)} s, ${(done / seconds).toFixed(0)} per second`);
  if (finding === undefined) return 0;
  console.log(`Seed ${finding.seed} breaks ${finding.violation.rule}. Looking for a smaller run ...`);
  const subject = await load(mutation);
  const choices = await shrink(subject, { rule: finding.violation.rule, choices: finding.choices, kind });
  const file = join(tmpdir(), `tenure-simulation-${finding.seed}.json`);
  await writeFile(file, JSON.stringify({ mutation, kind, choices } satisfies Recording));
  await show(subject, { kind, choices });
  const flags = Object.entries({ kind, mutation })
    .map(([name, value]) => (value === undefined ? "" : ` --${name} ${value}`))
    .join("");
  console.log(
    `This run again:  npm run simulate -- --replay ${file}\nThe whole seed:  npm run simulate -- --from ${finding.seed} --seeds 1${flags}`,
  );
  return 1;
}

/** One process per core; the seeds are dealt out in turn. All end when one has found something. */
async function runWorkers(
  range: Omit<SeedRange, "step">,
): Promise<{ readonly done: number; readonly finding: Finding | undefined }> {
  const step = Math.max(1, Math.min(availableParallelism(), range.seeds));
  let done = 0;
  let shown = 0;
  let finding: Finding | undefined;
  const ended = new AbortController();
  const runs = Array.from({ length: step }, (_, number) => {
    const share: SeedRange = { ...range, from: range.from + number, seeds: range.seeds - number, step };
    return runWorker(share, ended.signal, (report) => {
      done += report.done;
      if (done - shown >= 5_000) console.log(`${(shown = done)} seeds`);
      finding ??= report.finding;
      if (finding !== undefined) ended.abort();
    });
  });
  await Promise.all(runs);
  return { done, finding };
}

function runWorker(share: SeedRange, signal: AbortSignal, onReport: (report: WorkerReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(new URL("seed-worker.ts", import.meta.url), [JSON.stringify(share)]);
    signal.addEventListener("abort", () => worker.kill(), { once: true });
    worker.on("message", (report: WorkerReport) => onReport(report));
    worker.on("error", reject);
    worker.on("exit", (code) =>
      code === 0 || signal.aborted ? resolve() : reject(new Error(`A worker ended with ${code ?? "a signal"}.`)),
    );
  });
}

async function replay(file: string): Promise<number> {
  const recording = JSON.parse(await readFile(file, "utf8")) as Recording;
  return (await show(await load(recording.mutation), recording)) ? 1 : 0;
}

async function show(subject: Subject, { kind, choices }: Recording): Promise<boolean> {
  const { trace, violation } = await simulate(Choices.replay(choices), subject, { isTraced: true, kind });
  console.log(trace.join("\n"));
  console.log(violation === undefined ? "No promise is broken." : `\n${violation.rule}: ${violation.message}\n`);
  return violation !== undefined;
}

function load(mutation: string | undefined): Promise<Subject> {
  return mutation === undefined ? loadSubject() : loadMutant(mutation);
}

function runKind(text: string): RunKind {
  const kind = RUN_KINDS.find((known) => known === text);
  if (kind === undefined) throw new Error(`Expected --kind to be one of ${RUN_KINDS.join(", ")}, got "${text}".`);
  return kind;
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0 || text.trim() === "")
    throw new Error(`Expected ${name} to be a whole number from 0, got "${text}".`);
  return number;
}
