import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { eachItem, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, ScoreRecord } from "../../registry/contract/index.ts";

const MICRO = 1e6;

/** What a revision must have shown before it may be promoted. */
export interface PromotionGate {
  /** Least mean score, 0 to 1. */
  readonly atLeast: number;
  /** Name of the evaluator. Default `overall`, the weighted mean of all. */
  readonly evaluator?: string | undefined;
  /** Where the scores come from: `runs` (default), or the name of a data set. */
  readonly source?: string | undefined;
  /** Least number of scored answers. Default 1. */
  readonly minCount?: number | undefined;
  /** How much worse than the current revision's mean it may be, 0 to 1. Default: it is not compared. */
  readonly maxLoss?: number | undefined;
}

/** What the gate saw. Means are 0 to 1. */
export interface GateEvidence {
  readonly evaluator: string;
  readonly source: string;
  readonly count: number;
  readonly mean: number | null;
  readonly currentMean: number | null;
}

/** Refuses a gate that is not one. Throws `invalid_option`. */
export function assertGate(gate: PromotionGate): void {
  assertShare("gate.atLeast", gate.atLeast);
  if (gate.maxLoss !== undefined) assertShare("gate.maxLoss", gate.maxLoss);
  const { minCount = 1 } = gate;
  if (Number.isSafeInteger(minCount) && minCount >= 1) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`gate.minCount\` to be a whole number from 1, got ${String(minCount)}.`,
  );
}

/**
 * Looks whether the revision's scores pass the gate. Rejects with `change_forbidden` and the figures if they do not, or if there are none.
 */
export async function passGate(
  core: ManagerCore,
  gate: PromotionGate,
  asked: { readonly key: AgentKey; readonly fingerprint: Fingerprint; readonly current: Fingerprint | undefined },
): Promise<GateEvidence> {
  const { key, fingerprint, current } = asked;
  const { evaluator = "overall", source = "runs", minCount = 1, atLeast, maxLoss } = gate;
  const score = await readScore(core, { key, fingerprint, evaluator, source });
  const before =
    current === undefined || current === fingerprint
      ? undefined
      : await readScore(core, { key, fingerprint: current, evaluator, source });
  const mean = meanOf(score);
  const currentMean = meanOf(before);
  const evidence: GateEvidence = { evaluator, source, count: score?.count ?? 0, mean, currentMean };
  const refuse = (reason: string): TenureError =>
    new TenureError(
      "change_forbidden",
      `Revision ${fingerprint.slice(0, 15)} of "${key.name}" does not pass the gate: ${reason}.`,
      {
        hint: "Evaluate the revision on more or better answers, or lower the gate.",
        details: { gate: { ...gate }, evidence: { ...evidence } },
      },
    );
  if (mean === null || evidence.count < minCount)
    throw refuse(`${evidence.count} scored answers by "${evaluator}" from "${source}", ${minCount} wanted`);
  if (mean < atLeast) throw refuse(`a mean of ${mean.toFixed(3)} by "${evaluator}", ${atLeast} wanted`);
  if (maxLoss !== undefined && currentMean !== null && currentMean - mean > maxLoss) {
    throw refuse(
      `${(currentMean - mean).toFixed(3)} below the current revision's ${currentMean.toFixed(3)}, ${maxLoss} allowed`,
    );
  }
  return evidence;
}

async function readScore(
  core: ManagerCore,
  wanted: {
    readonly key: AgentKey;
    readonly fingerprint: Fingerprint;
    readonly evaluator: string;
    readonly source: string;
  },
): Promise<ScoreRecord | undefined> {
  const { key, fingerprint, evaluator, source } = wanted;
  const place = { location: key.location, scope: key.scope, name: key.name, fingerprint, source };
  for await (const score of eachItem((cursor) => core.options.registry.scores.list({ ...place, cursor, limit: 200 }))) {
    if (score.evaluator === evaluator) return score;
  }
  return undefined;
}

function meanOf(score: ScoreRecord | undefined): number | null {
  return score === undefined || score.count === 0 ? null : Number(score.sumMicro) / score.count / MICRO;
}

function assertShare(name: string, value: number): void {
  if (typeof value === "number" && value >= 0 && value <= 1) return;
  throw new TenureError("invalid_option", `Expected \`${name}\` to be a number from 0 to 1, got ${String(value)}.`);
}
