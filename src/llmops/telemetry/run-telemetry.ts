import type { Context, Span, Tracer } from "@opentelemetry/api";
import { TenureError } from "../../errors/index.ts";
import type { ActiveSpan, SpanFacts, SpanStart, StageNote, TelemetryStage } from "../stages.ts";
import { loadTelemetryApi, meterOf, type TelemetryApi, tracerOf } from "./api.ts";
import { type ResolvedTelemetry, resolveTelemetry, type TelemetryOptions } from "./options.ts";
import { RunMetrics } from "./run-metrics.ts";
import { factAttributes, spanName, startAttributes } from "./span-attributes.ts";

interface Instruments {
  readonly api: TelemetryApi;
  readonly tracer: Tracer;
  readonly metrics: RunMetrics;
}

const NO_SPAN: ActiveSpan = { set: () => undefined, note: () => undefined, headers: () => ({}) };

/** Only these headers go to the service: baggage is the caller's and none of its business. */
const TRACE_HEADERS = new Set(["traceparent", "tracestate"]);

/**
 * Spans and metrics of runs by the GenAI conventions. Without `@opentelemetry/api` it does nothing. It never changes what a run does: its own
 * failures are swallowed, the body's are rethrown as they are.
 */
export class RunTelemetry implements TelemetryStage {
  readonly #options: ResolvedTelemetry;
  // Parents by run, for programs whose SDK has no context manager.
  readonly #runs = new Map<string, Context>();
  #instruments: Promise<Instruments | undefined> | undefined;

  constructor(options: TelemetryOptions = {}) {
    this.#options = resolveTelemetry(options);
  }

  async around<Result>(start: SpanStart, body: (span: ActiveSpan) => Promise<Result>): Promise<Result> {
    this.#instruments ??= this.#load().catch(() => undefined);
    const instruments = await this.#instruments;
    const open = instruments === undefined ? undefined : harmless(() => this.#open(instruments, start), undefined);
    if (open === undefined) return body(NO_SPAN);
    try {
      const result = await open.run(body);
      open.end(undefined);
      return result;
    } catch (thrown) {
      open.end(TenureError.from(thrown));
      throw thrown;
    } finally {
      if (start.kind === "invoke_agent") this.#runs.delete(start.context.requestId);
    }
  }

  #open(instruments: Instruments, start: SpanStart): OpenSpan {
    const { api, tracer } = instruments;
    const parent = this.#parent(api, start);
    const kind = start.kind === "execute_tool" ? api.SpanKind.INTERNAL : api.SpanKind.CLIENT;
    const span = tracer.startSpan(spanName(start), { kind, attributes: startAttributes(start, this.#options) }, parent);
    const context = api.trace.setSpan(parent, span);
    if (start.kind === "invoke_agent") this.#runs.set(start.context.requestId, context);
    return new OpenSpan({ instruments, options: this.#options, start, span, context });
  }

  #parent(api: TelemetryApi, start: SpanStart): Context {
    const active = api.context.active();
    if (api.trace.getSpan(active) !== undefined) return active;
    return this.#runs.get(start.context.requestId) ?? active;
  }

  async #load(): Promise<Instruments | undefined> {
    const api = await loadTelemetryApi();
    if (api === undefined) return undefined;
    const { tracerProvider, meterProvider } = this.#options;
    return {
      api,
      tracer: tracerOf(api, tracerProvider),
      metrics: new RunMetrics(meterOf(api, meterProvider), this.#options),
    };
  }
}

/** What `work` gives, or `otherwise` if it throws: exporters, samplers and providers are other people's code, and a run must not fail for them. */
function harmless<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work();
  } catch {
    return otherwise;
  }
}

interface OpenSpanParts {
  readonly instruments: Instruments;
  readonly options: ResolvedTelemetry;
  readonly start: SpanStart;
  readonly span: Span;
  readonly context: Context;
}

/** Never throws but what the body throws. */
class OpenSpan implements ActiveSpan {
  readonly #parts: OpenSpanParts;
  readonly #startedAt: number;
  #facts: SpanFacts = {};

  constructor(parts: OpenSpanParts) {
    this.#parts = parts;
    this.#startedAt = parts.start.context.host.runtime.monotonic();
  }

  /** Has the body run as the span's child, once, whatever the context manager makes of it. */
  run<Result>(body: (span: ActiveSpan) => Promise<Result>): Promise<Result> {
    const { instruments, context } = this.#parts;
    let running: Promise<Result> | undefined;
    const begin = (): Promise<Result> => (running ??= body(this));
    harmless(() => void instruments.api.context.with(context, begin), undefined);
    return begin();
  }

  set(facts: SpanFacts): void {
    this.#facts = { ...this.#facts, ...facts };
    const { span, start, options } = this.#parts;
    harmless(() => {
      if (span.isRecording()) span.setAttributes(factAttributes(facts, start.kind, options));
    }, undefined);
  }

  note(note: StageNote): void {
    harmless(() => this.#note(note), undefined);
  }

  headers(): Readonly<Record<string, string>> {
    return harmless(() => this.#headers(), {});
  }

  end(thrown: TenureError | undefined): void {
    harmless(() => this.#end(thrown), undefined);
    // A span that could not be described ends all the same.
    harmless(() => this.#parts.span.end(), undefined);
  }

  #note(note: StageNote): void {
    const { instruments, start, span } = this.#parts;
    instruments.metrics.noted(start, note);
    if (note.type !== "evaluation" || !span.isRecording()) return;
    for (const { name, score, reason, error } of note.result.measures) {
      span.addEvent("gen_ai.evaluation.result", {
        "gen_ai.evaluation.name": name,
        ...(score === null ? {} : { "gen_ai.evaluation.score.value": score }),
        // The reason quotes the answer.
        ...(reason === undefined || !this.#parts.options.captureContent
          ? {}
          : { "gen_ai.evaluation.explanation": reason }),
        ...(error === undefined ? {} : { "error.type": error.code }),
      });
    }
  }

  #headers(): Readonly<Record<string, string>> {
    const { instruments, context, span } = this.#parts;
    const { api } = instruments;
    const carrier: Record<string, string> = {};
    api.propagation.inject(context, carrier);
    const headers = Object.fromEntries(
      Object.entries(carrier).filter(([name]) => TRACE_HEADERS.has(name.toLowerCase())),
    );
    if (Object.keys(headers).length > 0) return headers;
    // No propagator was registered: the W3C header all the same, for it is what the service reads.
    const { traceId, spanId, traceFlags } = span.spanContext();
    if (!api.isSpanContextValid(span.spanContext())) return {};
    return { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}` };
  }

  #end(thrown: TenureError | undefined): void {
    const { instruments, options, start, span } = this.#parts;
    const error = thrown ?? this.#facts.error;
    const seconds = (start.context.host.runtime.monotonic() - this.#startedAt) / 1000;
    if (error !== undefined) {
      span.setAttribute("error.type", error.code);
      // A message may quote what was asked.
      span.setStatus({
        code: instruments.api.SpanStatusCode.ERROR,
        message: options.captureContent ? error.message : error.code,
      });
    }
    instruments.metrics.ended(start, { facts: this.#facts, seconds, errorType: error?.code });
  }
}
