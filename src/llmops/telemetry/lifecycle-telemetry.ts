import type { BatchObservableResult, Histogram, Meter, Observable, Tracer } from "@opentelemetry/api";
import type { TenureEvent } from "../../manager/events.ts";
import type { Census } from "../../registry/contract/index.ts";
import { loadTelemetryApi, meterOf, type TelemetryApi, tracerOf } from "./api.ts";
import { createAgentSpan } from "./create-agent-span.ts";
import { ENSURE_OUTCOMES, LifecycleCounts, outcomeOf } from "./lifecycle-counts.ts";
import type { LifecycleSource } from "./lifecycle-source.ts";
import { type ResolvedTelemetry, resolveTelemetry, type TelemetryOptions } from "./options.ts";
import { SECOND_BOUNDARIES } from "./run-metrics.ts";

/** Ends observing. Twice is fine. */
export interface Observation {
  stop(): void;
}

interface Instruments {
  readonly ensures: Observable;
  readonly reuse: Observable;
  readonly events: Observable;
  readonly agents: Observable;
  readonly revisions: Observable;
  readonly intents: Observable;
  readonly oldest: Observable;
}

interface Histograms {
  readonly ensure: Histogram;
  readonly leaseWait: Histogram;
}

/**
 * Lifecycle metrics and `create_agent` spans of a manager. Counts are observable: a resolution that is known pays nothing for them.
 * Without `@opentelemetry/api` it does nothing. Resolves once instruments are registered.
 */
export async function observeLifecycle(source: LifecycleSource, options: TelemetryOptions = {}): Promise<Observation> {
  const resolved = resolveTelemetry(options);
  const api = await loadTelemetryApi();
  if (api === undefined) return { stop: () => undefined };
  const observer = new LifecycleObserver({ source, api, options: resolved });
  return { stop: () => observer.stop() };
}

class LifecycleObserver {
  readonly #source: LifecycleSource;
  readonly #options: ResolvedTelemetry;
  readonly #api: TelemetryApi;
  readonly #counts: LifecycleCounts;
  readonly #meter: Meter;
  readonly #tracer: Tracer;
  readonly #instruments: Instruments;
  readonly #histograms: Histograms;
  readonly #unlisten: () => void;
  readonly #collect = (result: BatchObservableResult): Promise<void> => this.#observe(result);
  #census: { readonly at: number; readonly value: Census } | undefined;

  constructor(parts: {
    readonly source: LifecycleSource;
    readonly api: TelemetryApi;
    readonly options: ResolvedTelemetry;
  }) {
    const { source, api, options } = parts;
    this.#source = source;
    this.#api = api;
    this.#options = options;
    this.#counts = new LifecycleCounts(source);
    this.#meter = meterOf(api, options.meterProvider);
    this.#tracer = tracerOf(api, options.tracerProvider);
    this.#instruments = createInstruments(this.#meter);
    this.#histograms = createHistograms(this.#meter);
    this.#meter.addBatchObservableCallback(this.#collect, Object.values(this.#instruments));
    this.#unlisten = source.onEvent((event) => this.#heard(event));
  }

  stop(): void {
    this.#unlisten();
    this.#meter.removeBatchObservableCallback(this.#collect, Object.values(this.#instruments));
  }

  #heard(event: TenureEvent): void {
    this.#counts.add(event);
    const outcome = outcomeOf(event);
    if (outcome !== undefined && "durationMs" in event) {
      this.#histograms.ensure.record(event.durationMs / 1000, { "tenure.ensure.outcome": outcome });
    }
    if (event.type === "lease.waited") this.#histograms.leaseWait.record(event.waitMs / 1000);
    createAgentSpan(
      { api: this.#api, tracer: this.#tracer, source: this.#source, provider: this.#options.provider },
      event,
    );
  }

  async #observe(result: BatchObservableResult): Promise<void> {
    const { ensures, reuse, events, agents, revisions, intents, oldest } = this.#instruments;
    const outcomes = this.#counts.outcomes();
    for (const outcome of ENSURE_OUTCOMES)
      result.observe(ensures, outcomes[outcome], { "tenure.ensure.outcome": outcome });
    const ratio = this.#counts.reuseRatio();
    if (ratio !== undefined) result.observe(reuse, ratio);
    for (const [type, count] of this.#counts.events()) result.observe(events, count, { "tenure.event.type": type });
    const census = await this.#takeCensus();
    if (census === undefined) return;
    result.observe(agents, census.agents - census.ephemeralAgents, { "tenure.agent.kind": "shared" });
    result.observe(agents, census.ephemeralAgents, { "tenure.agent.kind": "ephemeral" });
    for (const [state, count] of Object.entries(census.revisions))
      result.observe(revisions, count, { "tenure.revision.state": state });
    result.observe(intents, census.intents);
    if (census.oldestAgentAt === undefined) return;
    result.observe(oldest, Math.max(0, this.#source.runtime.now() - census.oldestAgentAt) / 1000);
  }

  /** The last one while it is fresh. A registry that does not answer gives no gauges rather than wrong ones. */
  async #takeCensus(): Promise<Census | undefined> {
    const { registry, runtime, scope, service } = this.#source;
    const now = runtime.monotonic();
    if (this.#census !== undefined && now - this.#census.at < this.#options.censusMs) return this.#census.value;
    try {
      this.#census = { at: now, value: await registry.census.take({ location: service.location, scope }) };
      return this.#census.value;
    } catch {
      this.#census = undefined;
      return undefined;
    }
  }
}

function createInstruments(meter: Meter): Instruments {
  return {
    ensures: meter.createObservableCounter("tenure.ensures", {
      unit: "{ensure}",
      description: "Resolutions of agents, by outcome.",
    }),
    reuse: meter.createObservableGauge("tenure.reuse.ratio", {
      unit: "1",
      description: "Part of this process's successful resolutions that changed nothing in the service.",
    }),
    events: meter.createObservableCounter("tenure.events", {
      unit: "{event}",
      description: "What the manager decided and met, by type.",
    }),
    agents: meter.createObservableGauge("tenure.agents", {
      unit: "{agent}",
      description: "Agents of the scope in the registry, by kind.",
    }),
    revisions: meter.createObservableGauge("tenure.revisions", {
      unit: "{revision}",
      description: "Revisions of the scope in the registry, by state.",
    }),
    intents: meter.createObservableGauge("tenure.intents", {
      unit: "{intent}",
      description: "Changes that were begun and not ended.",
    }),
    oldest: meter.createObservableGauge("tenure.agent.age.max", {
      unit: "s",
      description: "Age of the oldest agent of the scope.",
    }),
  };
}

function createHistograms(meter: Meter): Histograms {
  const advice = { explicitBucketBoundaries: SECOND_BOUNDARIES };
  return {
    ensure: meter.createHistogram("tenure.ensure.duration", {
      unit: "s",
      description: "Duration of resolutions that were not hits.",
      advice,
    }),
    leaseWait: meter.createHistogram("tenure.lease.wait.duration", {
      unit: "s",
      description: "Time spent waiting for another holder of a lease.",
      advice,
    }),
  };
}
