import { once } from "node:events";
import { createServer } from "node:http";

/** A value as OTLP/JSON writes it. */
interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly OtlpValue[] };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly events?: readonly { readonly name: string; readonly attributes: readonly OtlpAttribute[] }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[];
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly sum?: number;
  readonly explicitBounds?: readonly number[];
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[]; readonly isMonotonic: boolean };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan extends Omit<OtlpSpan, "attributes" | "events"> {
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
}

export interface ReceivedPoint {
  readonly attributes: Attributes;
  readonly value: number;
  /** Of a histogram. */
  readonly count: number;
  readonly bounds: readonly number[];
}

export interface ReceivedMetric {
  readonly unit: string;
  readonly type: "sum" | "gauge" | "histogram";
  readonly points: readonly ReceivedPoint[];
}

/** An OTLP collector over HTTP and JSON, as much of it as a test needs. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** By name; what came last. */
  readonly metrics: Map<string, ReceivedMetric>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, ReceivedMetric>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
        readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
        readonly resourceMetrics?: readonly {
          readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
        }[];
      };
      if (request.url === "/v1/traces") {
        for (const { scopeSpans } of body.resourceSpans ?? [])
          for (const scope of scopeSpans) spans.push(...scope.spans.map(readSpan));
      } else if (request.url === "/v1/metrics") {
        for (const { scopeMetrics } of body.resourceMetrics ?? [])
          for (const scope of scopeMetrics)
            for (const metric of scope.metrics) metrics.set(metric.name, readMetric(metric));
      }
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    metrics,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function readSpan(span: OtlpSpan): ReceivedSpan {
  return {
    ...span,
    attributes: readAttributes(span.attributes),
    events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: readAttributes(attributes) })),
  };
}

function readMetric(metric: OtlpMetric): ReceivedMetric {
  const type = metric.sum ? "sum" : metric.gauge ? "gauge" : "histogram";
  const points = (metric.sum ?? metric.gauge ?? metric.histogram)?.dataPoints ?? [];
  return {
    unit: metric.unit,
    type,
    points: points.map((point) => ({
      attributes: readAttributes(point.attributes),
      value: Number(point.asInt ?? point.asDouble ?? point.sum ?? Number.NaN),
      count: Number(point.count ?? 0),
      bounds: point.explicitBounds ?? [],
    })),
  };
}

function readAttributes(attributes: readonly OtlpAttribute[]): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: OtlpValue): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(readValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
