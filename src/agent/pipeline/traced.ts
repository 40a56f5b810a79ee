import type { ActiveSpan, SpanStart, TelemetryStage } from "../../llmops/stages.ts";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

const UNTRACED: ActiveSpan = {
  set: () => undefined,
  note: () => undefined,
  headers: () => NO_HEADERS,
};

/** The body inside its span, or just the body if nobody traces. */
export function traced<Result>(
  telemetry: TelemetryStage | undefined,
  start: SpanStart,
  body: (span: ActiveSpan) => Promise<Result>,
): Promise<Result> {
  return telemetry === undefined ? body(UNTRACED) : telemetry.around(start, body);
}
