// Spans and metrics of runs to Application Insights: set APPLICATIONINSIGHTS_CONNECTION_STRING.
// npm install @opentelemetry/api @azure/monitor-opentelemetry
import { ProductionAgent, ProductionAgentManager } from "tenure";
import { createLlmops } from "tenure/llmops";

// The package is large and not needed to try the rest of Tenure, so it is no dependency of these examples.
const name = "@azure/monitor-opentelemetry";
interface AzureMonitor {
  useAzureMonitor(): void;
  shutdownAzureMonitor(): Promise<void>;
}

if (process.env["APPLICATIONINSIGHTS_CONNECTION_STRING"] === undefined) {
  console.error(
    "Set APPLICATIONINSIGHTS_CONNECTION_STRING to the connection string of an Application Insights resource.",
  );
  process.exit(2);
}
const monitor = await load();
// Before anything is measured: instruments that were made before the SDK go nowhere.
monitor.useAzureMonitor();

await using manager = ProductionAgentManager.default();
const llmops = createLlmops();
const observation = await llmops.observe(manager);
await using analyst = ProductionAgent.fromPreset("market_analyst", { manager, ...llmops.stages });
const answer = await analyst.run("What is NVIDIA's P/E ratio?", { expectedTopics: ["P/E ratio"] });
console.log(answer.success ? answer.response : answer.error.message);

await llmops.flush();
observation.stop();
await monitor.shutdownAzureMonitor();

async function load(): Promise<AzureMonitor> {
  try {
    return (await import(name)) as AzureMonitor;
  } catch (error) {
    console.error(`${name} cannot be loaded; install it: npm install ${name}`);
    throw error;
  }
}
