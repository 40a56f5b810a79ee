import process from "node:process";
import { type Finding, findViolation } from "../find-violation.ts";
import { loadMutant } from "../mutant-loader.ts";
import type { RunKind } from "../settings.ts";
import { loadSubject } from "../subject.ts";

/** Every how many seeds a worker tells how far it is. */
const PROGRESS = 100;

/** What the command gives a worker. */
export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
  readonly step: number;
  readonly mutation?: string | undefined;
  readonly kind?: RunKind | undefined;
}

/** What a worker tells the command. */
export interface WorkerReport {
  /** Seeds since the last report. */
  readonly done: number;
  readonly finding?: Finding | undefined;
}

const { from, seeds, step, mutation, kind } = JSON.parse(process.argv[2] ?? "") as SeedRange;
const subject = mutation === undefined ? await loadSubject() : await loadMutant(mutation);
let done = 0;
const finding = await findViolation(subject, {
  from,
  seeds,
  step,
  kind,
  onSeed: () => {
    done += 1;
    if (done % PROGRESS === 0) report({ done: PROGRESS });
  },
});
report({ done: done % PROGRESS, finding });

function report(progress: WorkerReport): void {
  process.send?.(progress);
}
