import type * as Api from "@opentelemetry/api";
import type { Meter, MeterProvider, Tracer, TracerProvider } from "@opentelemetry/api";
import { TenureError } from "../../errors/index.ts";
import { isMissing } from "../optional-package.ts";
import type { MeterSource, TracerSource } from "./options.ts";

/** The whole of `@opentelemetry/api`. */
export type TelemetryApi = typeof Api;

const NAME = "@opentelemetry/api";
/** Name of the tracer and of the meter. */
const INSTRUMENTATION = "tenure";

let loading: Promise<TelemetryApi | undefined> | undefined;

/** The API, loaded once; `undefined` if the optional package is not installed: then there is no telemetry, and that is no failure. */
export function loadTelemetryApi(): Promise<TelemetryApi | undefined> {
  loading ??= import("@opentelemetry/api").catch((thrown: unknown) => {
    if (isMissing(thrown, NAME)) return undefined;
    throw TenureError.from(thrown);
  });
  return loading;
}

/** Of the given provider, else of the global one. */
export function tracerOf(api: TelemetryApi, source: TracerSource | undefined): Tracer {
  return ((source as TracerProvider | undefined) ?? api.trace).getTracer(INSTRUMENTATION);
}

/** Of the given provider, else of the global one. */
export function meterOf(api: TelemetryApi, source: MeterSource | undefined): Meter {
  return ((source as MeterProvider | undefined) ?? api.metrics).getMeter(INSTRUMENTATION);
}
