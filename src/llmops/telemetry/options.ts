import {
  assertObject,
  booleanOption,
  objectWith,
  refuseUnknown,
  textOption,
  wholeNumber,
} from "../../config/option-checks.ts";

/** A `TracerProvider` of `@opentelemetry/api`. The optional package is not named: its types would be missing where it is not installed. */
export interface TracerSource {
  getTracer(name: string): object;
}

/** A `MeterProvider` of `@opentelemetry/api`. */
export interface MeterSource {
  getMeter(name: string): object;
}

/** What is told, and to whom. */
export interface TelemetryOptions {
  /** Whether questions, answers, tool arguments and results go into spans. They may hold personal data. Default `false`. */
  readonly captureContent?: boolean | undefined;
  /** Most characters of each captured text. 1 to 1,000,000, default 16,000. */
  readonly maxContentLength?: number | undefined;
  /** Whether metrics tell agents apart by `gen_ai.agent.name`: the first `max` names (1 to 1,000), then `_OTHER`. Default: they do not. */
  readonly agentNames?: { readonly max: number } | undefined;
  /** Value of `gen_ai.provider.name`. Default `azure.ai.inference`. */
  readonly provider?: string | undefined;
  /** How often the registry is counted at most, for the gauges of agents and revisions, in milliseconds. 1,000 to 86,400,000, default 60,000. */
  readonly censusMs?: number | undefined;
  /** Default: the global one, at the time of the first span. */
  readonly tracerProvider?: TracerSource | undefined;
  /** Default: the global one, at the time of the first run or `observe`: register the SDK before that, the API does not pass instruments on. */
  readonly meterProvider?: MeterSource | undefined;
}

/** `TelemetryOptions` behind the edge. */
export interface ResolvedTelemetry {
  readonly captureContent: boolean;
  readonly maxContentLength: number;
  readonly maxAgentNames: number;
  readonly provider: string;
  readonly censusMs: number;
  readonly tracerProvider: TracerSource | undefined;
  readonly meterProvider: MeterSource | undefined;
}

const KNOWN = new Set([
  "captureContent",
  "maxContentLength",
  "agentNames",
  "provider",
  "censusMs",
  "tracerProvider",
  "meterProvider",
] satisfies (keyof TelemetryOptions)[]);
const NAMES_KNOWN = new Set(["max"]);

/** Rejects anything wrong with `invalid_option`. */
export function resolveTelemetry(options: TelemetryOptions = {}): ResolvedTelemetry {
  assertObject("telemetry", options);
  refuseUnknown("telemetry", options, KNOWN);
  const { tracerProvider, meterProvider } = options;
  objectWith("telemetry.tracerProvider", tracerProvider, "getTracer");
  objectWith("telemetry.meterProvider", meterProvider, "getMeter");
  return {
    captureContent: booleanOption("telemetry.captureContent", options.captureContent) ?? false,
    maxContentLength:
      wholeNumber("telemetry.maxContentLength", options.maxContentLength, { min: 1, max: 1_000_000 }) ?? 16_000,
    maxAgentNames: options.agentNames === undefined ? 0 : mostNames(options.agentNames),
    provider: textOption("telemetry.provider", options.provider) ?? "azure.ai.inference",
    censusMs: wholeNumber("telemetry.censusMs", options.censusMs, { min: 1000, max: 86_400_000 }) ?? 60_000,
    tracerProvider,
    meterProvider,
  };
}

function mostNames(agentNames: Exclude<TelemetryOptions["agentNames"], undefined>): number {
  assertObject("telemetry.agentNames", agentNames);
  refuseUnknown("telemetry.agentNames", agentNames, NAMES_KNOWN);
  return wholeNumber("telemetry.agentNames.max", agentNames.max ?? Number.NaN, { min: 1, max: 1000 });
}
