import type { Fingerprint } from "../../../config/index.ts";
import { addTokens, type TokenUsage } from "../../../services/contract/index.ts";
import type { BudgetStage, RunContext, StageHost } from "../../stages.ts";
import type { CostMeter } from "../../cost/cost-meter.ts";
import { FreeMeter, JudgeMeter } from "../judge-meter.ts";
import type { Subject } from "./evaluate-dataset.ts";
import type { DatasetRow } from "./read-jsonl.ts";

/** Who counts, prices and budgets what judges of a data set use. */
export interface DatasetJudging {
  /** A manager: its registry counts, its process holds reservations. */
  readonly manager: StageHost & { readonly scope: string };
  /** What `createLlmops` gives. */
  readonly llmops: { readonly costs: CostMeter; readonly budgets: BudgetStage | undefined };
}

/** What judges of all questions used together. */
export interface JudgeTotal {
  readonly usage: TokenUsage;
  /** `null` if a price is not known, or nobody was to price. */
  readonly costPico: bigint | null;
}

/** The session that questions of data sets count in: they have no conversation. */
const SESSION = "evaluation";
/** Stands for the revision of subjects that have none. */
const NO_REVISION: Fingerprint = "v1:none";

/** Hands out a meter for each answer that is judged, and adds up what they counted. */
export class JudgeAccount {
  readonly #judging: DatasetJudging | undefined;
  #total: JudgeTotal | undefined;

  constructor(judging: DatasetJudging | undefined) {
    this.#judging = judging;
  }

  /** `undefined` as long as no judge was asked. */
  get total(): JudgeTotal | undefined {
    return this.#total;
  }

  meter(subject: Subject, row: DatasetRow, signal: AbortSignal): FreeMeter | JudgeMeter {
    if (this.#judging === undefined) return new FreeMeter();
    const { manager, llmops } = this.#judging;
    const context = contextOf(manager, { subject, query: row.query, signal });
    return new JudgeMeter(context, { budget: llmops.budgets, costs: llmops.costs });
  }

  add({ judged }: FreeMeter | JudgeMeter): void {
    if (judged === undefined) return;
    const { usage, costPico } = this.#total ?? { usage: undefined, costPico: 0n };
    this.#total = {
      usage: usage === undefined ? judged.usage : addTokens(usage, judged.usage),
      costPico: costPico === null || judged.costPico === null ? null : costPico + judged.costPico,
    };
  }
}

function contextOf(
  manager: DatasetJudging["manager"],
  asked: { readonly subject: Subject; readonly query: string; readonly signal: AbortSignal },
): RunContext {
  const { name, revision } = asked.subject;
  const key = revision?.key ?? { location: manager.service.location, scope: manager.scope, name };
  return {
    host: manager,
    requestId: manager.runtime.newId(),
    key,
    agentName: key.name,
    query: asked.query,
    sessionId: SESSION,
    userId: undefined,
    // Each call names its own.
    model: "",
    fingerprint: revision?.fingerprint ?? NO_REVISION,
    remote: { id: name, name, version: undefined },
    startedAt: manager.runtime.now(),
    expectedTopics: [],
    signal: asked.signal,
  };
}
