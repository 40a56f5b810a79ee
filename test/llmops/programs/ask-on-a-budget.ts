// A process whose agents ask until they have asked so many times: prints one JSON line for each run.
import { ProductionAgent } from "../../../src/agent/index.ts";
import { createLlmops } from "../../../src/llmops/index.ts";
import { AgentManager, openRegistry } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly dailyTokens: number;
  readonly runs: number;
}

const { endpoint, ca, token, registry, dailyTokens, runs } = JSON.parse(process.argv[2] ?? "") as Input;
const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
await using manager = new AgentManager({
  service: new FoundryAgentService({ endpoint, ca, credential }),
  registry: openRegistry(registry),
  model: "gpt-4.1",
});
const llmops = createLlmops({ env: { DAILY_TOKEN_BUDGET: String(dailyTokens) } });
const options = { agentName: "analyst", instructions: "Be brief.", maxOutputTokens: 100, manager, ...llmops.stages };
for (let run = 0; run < runs; run += 1) {
  const { success, budgetExceeded, error, budget, metrics } = await new ProductionAgent(options).run("How much is it?");
  const tokens = metrics.tokens.totalTokens;
  process.stdout.write(`${JSON.stringify({ success, budgetExceeded, error, budget, tokens })}\n`);
}
await llmops.flush();
