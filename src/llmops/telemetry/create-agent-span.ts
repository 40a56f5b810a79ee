import type { Attributes, Tracer } from "@opentelemetry/api";
import type { TenureEvent } from "../../manager/events.ts";
import type { TelemetryApi } from "./api.ts";
import type { LifecycleSource } from "./lifecycle-source.ts";
import { serverAttributes } from "./place.ts";

export interface CreateAgentSpanParts {
  readonly api: TelemetryApi;
  readonly tracer: Tracer;
  readonly source: LifecycleSource;
  readonly provider: string;
}

/** A `create_agent` span for a resolution that changed the service or failed to. It is made when it is over, with the times that the event tells. */
export function createAgentSpan(parts: CreateAgentSpanParts, event: TenureEvent): void {
  if (event.type !== "agent.created" && event.type !== "agent.updated" && event.type !== "agent.failed") return;
  const { api, tracer, source, provider } = parts;
  const attributes: Attributes = {
    "gen_ai.operation.name": "create_agent",
    "gen_ai.provider.name": provider,
    "gen_ai.agent.name": event.agentName,
    ...serverAttributes(source.service.location),
    ...(event.model === undefined ? {} : { "gen_ai.request.model": event.model }),
    "tenure.scope": source.scope,
    "tenure.agent.fingerprint": event.fingerprint,
  };
  if (event.type !== "agent.failed") {
    attributes["gen_ai.agent.id"] = event.remote.id;
    if (event.remote.version !== undefined) attributes["gen_ai.agent.version"] = event.remote.version;
  }
  const span = tracer.startSpan(`create_agent ${event.agentName}`, {
    kind: api.SpanKind.CLIENT,
    startTime: new Date(event.at - event.durationMs),
    attributes,
  });
  if (event.type === "agent.failed") {
    span.setAttribute("error.type", event.code);
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: event.code });
  }
  span.end(new Date(event.at));
}
