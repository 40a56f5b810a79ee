import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { TenureError } from "../../errors/index.ts";
import { invalidOption, wholeNumber } from "../option-checks.ts";

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
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the global one, at the time of the first run or `observe`: register the SDK before that, the API does not pass instruments on. */
  readonly meterProvider?: MeterProvider | undefined;
}

/** `TelemetryOptions` behind the edge. */
export interface ResolvedTelemetry {
  readonly captureContent: boolean;
  readonly maxContentLength: number;
  readonly maxAgentNames: number;
  readonly provider: string;
  readonly censusMs: number;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
}

const KNOWN: readonly string[] = [
  "captureContent",
  "maxContentLength",
  "agentNames",
  "provider",
  "censusMs",
  "tracerProvider",
  "meterProvider",
] satisfies (keyof TelemetryOptions)[];

/** Rejects anything wrong with `invalid_option`. */
export function resolveTelemetry(options: TelemetryOptions = {}): ResolvedTelemetry {
  const odd = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (odd !== undefined)
    throw new TenureError("invalid_option", `\`telemetry\` has no option \`${odd}\`; it takes ${KNOWN.join(", ")}.`);
  const captureContent: unknown = options.captureContent ?? false;
  if (typeof captureContent !== "boolean")
    throw invalidOption("telemetry.captureContent", "true or false", captureContent);
  const { agentNames } = options;
  return {
    captureContent,
    maxContentLength: wholeNumber("telemetry.maxContentLength", options.maxContentLength ?? 16_000, {
      least: 1,
      most: 1_000_000,
    }),
    maxAgentNames:
      agentNames === undefined ? 0 : wholeNumber("telemetry.agentNames.max", agentNames.max, { least: 1, most: 1000 }),
    provider: options.provider ?? "azure.ai.inference",
    censusMs: wholeNumber("telemetry.censusMs", options.censusMs ?? 60_000, { least: 1000, most: 86_400_000 }),
    tracerProvider: options.tracerProvider,
    meterProvider: options.meterProvider,
  };
}
