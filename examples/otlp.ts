// Spans and metrics of runs to any OTLP collector (`OTEL_EXPORTER_OTLP_ENDPOINT`, default http://localhost:4318).
// npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/sdk-metrics @opentelemetry/context-async-hooks @opentelemetry/core
//   @opentelemetry/exporter-trace-otlp-http @opentelemetry/exporter-metrics-otlp-http
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { ProductionAgent, ProductionAgentManager } from "tenure";
import { startEmulator } from "tenure/emulator";
import { FoundryAgentService } from "tenure/foundry";
import { createLlmops } from "tenure/llmops";

// The SDK comes first: instruments that were made before it go nowhere.
const tracerProvider = new TracerProvider({
  spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
});
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter() })],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(tracerProvider);
metrics.setGlobalMeterProvider(meterProvider);

await using emulator = await startEmulator();
const { endpoint, credential, ca } = emulator; // With a project of your own the endpoint is all that is needed.
await using manager = new ProductionAgentManager({ service: new FoundryAgentService({ endpoint, credential, ca }) });
const llmops = createLlmops({ telemetry: { agentNames: { max: 50 } } });
const observation = await llmops.observe(manager);

await using analyst = new ProductionAgent({
  agentName: "market_analyst",
  model: "gpt-4.1",
  instructions: "You answer questions about markets in two sentences.",
  manager,
  ...llmops.stages,
});
const answer = await analyst.run("What is a P/E ratio?");
console.log(answer.success ? answer.response : answer.error.message);

await llmops.flush();
await tracerProvider.shutdown();
await meterProvider.shutdown();
observation.stop();
