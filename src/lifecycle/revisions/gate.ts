import type { Fingerprint } from "../../config/index.ts";
import {
  assertObject,
  numberWithin,
  refuseUnknown,
  textOption,
  wholeNumber,
  wrongOption,
} from "../../config/option-checks.ts";
import { TenureError } from "../../errors/index.ts";
import { eachItem, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, ScoreRecord } from "../../registry/contract/index.ts";

const MICRO = 1e6;
const SHARE = { min: 0, max: 1 };
const GATE_FIELDS: ReadonlySet<string> = new Set(["atLeast", "evaluator", "source", "minCount", "maxLoss"]);

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
export function assertGate(gate: unknown): void {
  assertObject("gate", gate);
  refuseUnknown("gate", gate, GATE_FIELDS);
  const { atLeast, maxLoss, minCount, evaluator, source }: { readonly [Name in keyof PromotionGate]?: unknown } = gate;
  if (atLeast === undefined) throw wrongOption("gate.atLeast", "a number from 0 to 1", atLeast);
  numberWithin("gate.atLeast", atLeast, SHARE);
  numberWithin("gate.maxLoss", maxLoss, SHARE);
  wholeNumber("gate.minCount", minCount, { min: 1, max: Number.MAX_SAFE_INTEGER });
  textOption("gate.evaluator", evaluator);
  textOption("gate.source", source);
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
