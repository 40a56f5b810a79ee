import { type Duration, parseDuration } from "../../config/index.ts";
import { tell } from "../../errors/index.ts";
import type { AgentRegistry, MeterDelta } from "../../registry/contract/index.ts";
import { addMeterCounters } from "../../registry/rules/index.ts";
import type { TokenUsage } from "../../services/contract/index.ts";
import { BatchWriter, type BatchWriterOptions } from "../batch-writer.ts";
import { utcDay } from "../budget/window.ts";
import { functionOption, wholeNumber } from "../../config/option-checks.ts";
import { RegistryQueues } from "../registry-queues.ts";
import type { CostResult, CostStage, RunContext } from "../stages.ts";
import { type CostOptions, resolveCosts } from "./options.ts";
import { PriceBook } from "./price-book.ts";
import { RunLog } from "./run-log.ts";

/** A deployment for which no price is known. Told once per deployment and model. */
export interface UnknownPrice {
  readonly deployment: string;
  readonly reportedModel: string | undefined;
}

export interface CostMeterOptions extends CostOptions {
  /** Told once for each deployment and model without a price. What it throws is swallowed. */
  readonly onUnknownPrice?: ((unknown: UnknownPrice) => void) | undefined;
  /** Most time that a run's figures stay in memory, 1 to 600,000 ms. Default 1000. */
  readonly flushMs?: number | undefined;
  /** How long the registry keeps each single run with what it used and cost, such as `"30d"`; `false`: not at all. The sums of the meters stay. Default `"30d"`. */
  readonly keepRuns?: Duration | false | undefined;
}

const DEFAULT_FLUSH_MS = 1000;
const DEFAULT_KEEP_RUNS = "30d";
const MAX_ENTRIES = 20_000;
const MAX_FLAGGED = 1000;

/** Prices model calls and counts what runs used, per agent, revision, session, user, model and day, in the registry of each run. */
export class CostMeter implements CostStage {
  /** What all sums are in. */
  readonly currency = "USD";
  readonly #book: PriceBook;
  readonly #onUnknownPrice: CostMeterOptions["onUnknownPrice"];
  readonly #flagged = new Map<string, UnknownPrice>();
  /** Those of which the caller of a run was told. */
  readonly #noticed = new Set<string>();
  readonly #meters: RegistryQueues<BatchWriter<MeterDelta>>;
  readonly #runs: RunLog;

  constructor(options: CostMeterOptions = {}) {
    const costs = resolveCosts(options);
    this.#book = new PriceBook(costs);
    const flushMs = wholeNumber("costs.flushMs", options.flushMs ?? DEFAULT_FLUSH_MS, { min: 1, max: 600_000 });
    this.#meters = new RegistryQueues(({ registry, runtime }, events) => {
      const write: BatchWriterOptions<MeterDelta>["write"] = (batch) => registry.meters.add(batch);
      return new BatchWriter({
        runtime,
        events,
        flushMs,
        maxEntries: MAX_ENTRIES,
        keyOf: meterKey,
        merge: addMeters,
        write,
      });
    });
    functionOption("costs.onUnknownPrice", options.onUnknownPrice);
    const keepRuns = options.keepRuns ?? DEFAULT_KEEP_RUNS;
    this.#runs = new RunLog({ flushMs, keepMs: keepRuns === false ? 0 : parseDuration(keepRuns, "costs.keepRuns") });
    this.#onUnknownPrice = options.onUnknownPrice;
  }

  /** Deployments that were used and have no price, each once. */
  get unknownPrices(): readonly UnknownPrice[] {
    return [...this.#flagged.values()];
  }

  async price(call: {
    readonly context: RunContext;
    readonly usage: TokenUsage;
    readonly reportedModel: string | undefined;
  }): Promise<CostResult> {
    const { context, usage, reportedModel } = call;
    const cost = await this.priceTokens({ deployment: context.model, usage, reportedModel, at: context.startedAt });
    const notice = cost.costPico === null ? this.#noticeOnce({ deployment: context.model, reportedModel }) : undefined;
    return notice === undefined ? cost : { ...cost, notice };
  }

  /** The price of any model call; for estimates and judges. Never rejects. */
  async priceTokens(call: {
    readonly deployment: string;
    readonly usage: TokenUsage;
    readonly reportedModel: string | undefined;
    readonly at: number;
  }): Promise<CostResult> {
    const found = await this.#book.find(call);
    if (found === undefined) this.#flag({ deployment: call.deployment, reportedModel: call.reportedModel });
    return { costPico: found?.costPico ?? null, currency: this.currency, pricedModel: found?.pricedModel };
  }

  record(run: {
    readonly context: RunContext;
    readonly usage: TokenUsage;
    readonly costPico: bigint | null;
    readonly failed: boolean;
  }): void {
    this.#add(run, { runs: 1, failedRuns: run.failed ? 1 : 0, unpricedRuns: run.costPico === null ? 1 : 0 });
    const { context, usage, costPico, failed } = run;
    this.#runs.add(context.host, {
      ...whoOf(context),
      requestId: context.requestId,
      outcome: failed ? "failed" : "succeeded",
      startedAt: context.startedAt,
      ...tokensOf(usage),
      costPico,
    });
  }

  /** Tokens that a judge used for the run of `context`, whose `model` is the judge's. Counted with the run's agent, session and user; not a run, but unpriced like one. */
  recordJudge(call: {
    readonly context: RunContext;
    readonly usage: TokenUsage;
    readonly costPico: bigint | null;
  }): void {
    this.#add(call, { runs: 0, failedRuns: 0, unpricedRuns: call.costPico === null ? 1 : 0 });
  }

  /** Figures that were never written: their registry was closed before, or out of reach for too long. */
  get dropped(): number {
    return this.#meters.dropped + this.#runs.dropped;
  }

  /** Writes what waits for one registry, or for all. Rejects as the registry does; nothing is lost by that. */
  async flush(registry?: AgentRegistry): Promise<void> {
    await Promise.all([this.#meters.flush(registry), this.#runs.flush(registry)]);
  }

  #add(
    call: { readonly context: RunContext; readonly usage: TokenUsage; readonly costPico: bigint | null },
    runs: Pick<MeterDelta, "runs" | "failedRuns" | "unpricedRuns">,
  ): void {
    const { context, usage, costPico } = call;
    this.#meters.of(context.host).add({
      ...runs,
      ...whoOf(context),
      day: utcDay(context.startedAt),
      ...tokensOf(usage),
      costPico: costPico ?? 0n,
    });
  }

  #flag(unknown: UnknownPrice): void {
    const key = unknownKey(unknown);
    if (this.#flagged.has(key) || this.#flagged.size >= MAX_FLAGGED) return;
    this.#flagged.set(key, unknown);
    tell(this.#onUnknownPrice, unknown);
  }

  /** Apart from `#flag`: an estimate flags a price before the run that is told of it. */
  #noticeOnce(unknown: UnknownPrice): string | undefined {
    const key = unknownKey(unknown);
    if (this.#noticed.has(key) || this.#noticed.size >= MAX_FLAGGED) return undefined;
    this.#noticed.add(key);
    const { deployment, reportedModel } = unknown;
    const answered = reportedModel === undefined || reportedModel === deployment ? "" : ` (${reportedModel} answered)`;
    return `No price is known for the deployment ${deployment}${answered}, so what it costs is not known. Set \`costs.deployments["${deployment}"].model\` or \`.price\`.`;
  }
}

function whoOf(context: RunContext): Pick<MeterDelta, "key" | "fingerprint" | "sessionId" | "userId" | "model"> {
  const { key, fingerprint, sessionId, userId = "", model } = context;
  return { key, fingerprint, sessionId, userId, model };
}

function tokensOf(usage: TokenUsage): Omit<TokenUsage, "totalTokens"> {
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = usage;
  return { inputTokens, cachedInputTokens, outputTokens, reasoningTokens };
}

function unknownKey({ deployment, reportedModel = "" }: UnknownPrice): string {
  return JSON.stringify([deployment, reportedModel]);
}

function meterKey(delta: MeterDelta): string {
  const { key, fingerprint, sessionId, userId, model, day } = delta;
  return JSON.stringify([key.location, key.scope, key.name, fingerprint, sessionId, userId, model, day]);
}

function addMeters(left: MeterDelta, right: MeterDelta): MeterDelta {
  return { ...left, ...addMeterCounters(left, right) };
}
