// The code of the README. It runs as it is: the emulator takes the place of a Foundry project.
import { ProductionAgent, ProductionAgentManager } from "tenure";
import { startEmulator } from "tenure/emulator";
import { FoundryAgentService } from "tenure/foundry";
import { SqliteRegistry } from "tenure/sqlite";

await using emulator = await startEmulator();
const { endpoint, credential, ca } = emulator; // With a project of your own the endpoint is all that is needed.

await using manager = new ProductionAgentManager({
  service: new FoundryAgentService({ endpoint, credential, ca }),
  registry: new SqliteRegistry(".tenure/quickstart.db"),
  scope: "quickstart",
});

const config = {
  agentName: "market_analyst",
  model: "gpt-4.1",
  instructions: "You answer questions about markets in two sentences.",
};
const first = await manager.getOrCreateAgent(config);
const second = await manager.getOrCreateAgent({ ...config, sessionId: "session_002" });
console.log(first.outcome, second.outcome, first.remote.id === second.remote.id); // created reused true

await using analyst = new ProductionAgent({ ...config, manager });
const answer = await analyst.run("What is a P/E ratio?");
console.log(answer.success ? answer.response : answer.error.message);

await manager.cleanupAgent("market_analyst");
console.log(emulator.stats().agents, "agents left"); // 0 agents left
