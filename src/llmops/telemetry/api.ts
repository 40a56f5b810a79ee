import type * as Api from "@opentelemetry/api";
import { TenureError } from "../../errors/index.ts";
import { isMissing } from "../optional-package.ts";

/** The whole of `@opentelemetry/api`. */
export type TelemetryApi = typeof Api;

const NAME = "@opentelemetry/api";

let loading: Promise<TelemetryApi | undefined> | undefined;

/** The API, loaded once; `undefined` if the optional package is not installed: then there is no telemetry, and that is no failure. */
export function loadTelemetryApi(): Promise<TelemetryApi | undefined> {
  loading ??= import("@opentelemetry/api").catch((thrown: unknown) => {
    if (isMissing(thrown, NAME)) return undefined;
    throw TenureError.from(thrown);
  });
  return loading;
}
